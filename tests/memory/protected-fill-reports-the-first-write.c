/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Every way of completing with LIBUFFD_RESOLVE_WP leaves pages that can be read and whose first
 * write is a WP fault, whether somebody waited for them or not.
 */
#include "claims.h"

enum way { COPY, ZERO, CONTINUE, POPULATE, MOVE, WAYS };

static int64_t complete(struct served *s, enum way way)
{
	const uint32_t wp = LIBUFFD_RESOLVE_WP;

	switch (way) {
	case COPY:
		return uffd_copy(s->region, 0, s->content, s->m.length, wp);
	case ZERO:
		return uffd_zero(s->region, 0, s->m.length, wp);
	case CONTINUE:
		memcpy(uffd_region_alias(s->region), s->content, s->m.length);
		return uffd_continue(s->region, 0, s->m.length, wp);
	case POPULATE:
		return uffd_populate(s->region, 0, s->content, s->m.length, wp);
	default:
		return uffd_move(s->region, 0, s->content, s->m.length, wp);
	}
}

static void protected_fill(uint32_t backing, enum way way, bool waiter)
{
	size_t n = claim_pages(backing);
	struct toucher t;
	struct served s;

	claims_make(&s, backing, 0, LIBUFFD_WP, is_shared(backing) ? LIBUFFD_REGION_ALIAS : 0);
	claim(&s, 0, n);
	if (waiter)
		wait_start(&s, &t, 1);
	ck_assert_int_eq(complete(&s, way), 0);
	if (waiter)
		wait_end(&t, way == ZERO ? 0 : first_byte(&s, 1));
	for (size_t p = 0; p < n; p++)
		ck_assert_msg(page_protected(served_page(&s, p)),
			      "%s, way %d, waiter %d: page %zu is not protected",
			      uffd_backing_name(backing), way, waiter, p);
	if (way == ZERO)
		expect_zeros(&s, 0, n);
	else
		expect_content(&s, 0, n);

	touch_start(&t, served_page(&s, 1), true, 0xee);
	expect_fault(uffd_ctx_fd(s.ctx), served_page(&s, 1),
		     UFFD_PAGEFAULT_FLAG_WP | UFFD_PAGEFAULT_FLAG_WRITE);
	ck_assert_int_eq(uffd_writeprotect(s.region, s.m.page, s.m.page, 0), 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(*served_page(&s, 1), 0xee);
	serve_end(&s);
}

static void every_way(uint32_t backing)
{
	for (int waiter = 0; waiter < 2; waiter++) {
		protected_fill(backing, COPY, waiter);
		protected_fill(backing, ZERO, waiter);
		if (is_shared(backing)) {
			protected_fill(backing, CONTINUE, waiter);
			protected_fill(backing, POPULATE, waiter);
		}
		if (backing == LIBUFFD_BACKING_ANON)
			protected_fill(backing, MOVE, waiter);
	}
}

static void reports_the_first_write(void)
{
	struct uffd_ctx *ctx = serve_ctx(UFFD_FEATURE_PAGEFAULT_FLAG_WP |
					 UFFD_FEATURE_WP_HUGETLBFS_SHMEM | UFFD_FEATURE_MOVE);

	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	each_backing(every_way);
}
TEST_MAIN(reports_the_first_write)
