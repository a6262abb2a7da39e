/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * KEEP_ON_REMOVE: on shared memory a REMOVE event leaves content due; private memory knows no such
 * thing, and uffd_discard() means what it says on both.
 */
#include "claims.h"

#include "memory/change.h"

static void removed(struct served *s)
{
	gate_exclude(&s->ctx->gate);
	change_removed(s->ctx, address(s->m.at), address(s->m.at) + s->m.length);
	gate_leave(&s->ctx->gate);
}

static void keeps(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct served s;

	claims_make(&s, backing, LIBUFFD_CTX_DISCARDS, 0, LIBUFFD_REGION_KEEP_ON_REMOVE);
	claim(&s, 0, 2);
	removed(&s);
	if (is_shared(backing)) {
		expect_state(&s, 0, 2, LIBUFFD_PAGE_BUSY);
		expect_state(&s, 2, n - 2, LIBUFFD_PAGE_EMPTY);
		ck_assert_int_eq(uffd_discard(s.region, s.m.page, s.m.page), 0);
		claim(&s, 2, n - 2);
		ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.length, 0), 0);
		expect_content(&s, 0, 1);
		expect_zeros(&s, 1, 1);
		expect_content(&s, 2, n - 2);
	} else {
		expect_state(&s, 0, 2, LIBUFFD_PAGE_BUSY | LIBUFFD_PAGE_DISCARDED);
		expect_state(&s, 2, n - 2, LIBUFFD_PAGE_EMPTY | LIBUFFD_PAGE_DISCARDED);
		ck_assert_int_eq(uffd_copy(s.region, 0, s.content, 2 * s.m.page, 0), 0);
		expect_zeros(&s, 0, 2);
	}
	serve_end(&s);
}

static void keeps_shared_content(void)
{
	each_backing(keeps);
}
TEST_MAIN(keeps_shared_content)
