/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * An empty page that was thrown away is claimed apart from its neighbours, and becomes zeros
 * whatever it is completed with.
 */
#include "claims.h"

static void before_the_fill(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct toucher t;
	struct served s;

	claims_make(&s, backing, LIBUFFD_CTX_DISCARDS, 0, 0);
	ck_assert_int_eq(uffd_discard(s.region, s.m.page, 2 * s.m.page), 0);
	expect_state(&s, 1, 2, LIBUFFD_PAGE_EMPTY | LIBUFFD_PAGE_DISCARDED);
	ck_assert_uint_eq(stats_of(s.ctx).pages_discarded, 2);
	claim(&s, 0, 1);
	claim(&s, 1, 2);
	claim(&s, 3, n - 3);
	wait_start(&s, &t, 2);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.length, 0), 0);
	wait_end(&t, 0);
	expect_content(&s, 0, 1);
	expect_zeros(&s, 1, 2);
	expect_content(&s, 3, n - 3);
	expect_state(&s, 1, 2, LIBUFFD_PAGE_CACHED | LIBUFFD_PAGE_DISCARDED);
	serve_end(&s);
}

/* No claim by hand: a fault on it, and a prefetch over it, do not ask the callback. */
static void without_asking(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct toucher t;
	struct served s;

	claims_make(&s, backing, LIBUFFD_CTX_DISCARDS, 0, 0);
	ck_assert_int_eq(uffd_discard(s.region, 0, s.m.length), 0);
	touch_start(&t, served_page(&s, 1), false, 0);
	answer(&s);
	wait_end(&t, 0);
	ck_assert_int_eq(uffd_prefetch(s.region, 0, s.m.length), 0);
	expect_zeros(&s, 0, n);
	ck_assert_int_eq(atomic_load(&s.calls), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	serve_end(&s);
}

static void gives_zeros(void)
{
	each_backing(before_the_fill);
	each_backing(without_asking);
}
TEST_MAIN(gives_zeros)
