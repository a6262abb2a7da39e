/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Where a part of a claimed run was unmapped the answer is -ENOENT: the rest is complete, and the
 * claim of what is gone is given up for good.
 */
#include "claims.h"

static void unmapped(uint32_t backing)
{
	size_t n = claim_pages(backing), hole = n / 2;
	struct uffd_extent e;
	struct toucher t;
	struct served s;

	claims_make(&s, backing, 0, 0, 0);
	claim(&s, 0, n);
	wait_start(&s, &t, n - 1);
	ck_assert_int_eq(munmap(served_page(&s, hole), s.m.page), 0);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.length, 0), -ENOENT);
	wait_end(&t, first_byte(&s, n - 1));
	for (size_t p = 0; p < n; p++) {
		if (p == hole)
			continue;
		expect_content(&s, p, 1);
		expect_state(&s, p, 1, LIBUFFD_PAGE_CACHED);
	}
	/* Nobody owns the hole, nobody can claim it, and nobody is owed its content. */
	expect_state(&s, hole, 1, LIBUFFD_PAGE_POISONED);
	ck_assert_int_eq(uffd_claim(s.region, 0, s.m.length, &e), -EALREADY);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), 0);
	serve_end(&s);
}

static void all_unmapped(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct served s;

	claims_make(&s, backing, 0, 0, 0);
	claim(&s, 0, n);
	ck_assert_int_eq(munmap(s.m.at, s.m.length), 0);
	ck_assert_int_eq(uffd_zero(s.region, 0, s.m.length, 0), -ENOENT);
	expect_state(&s, 0, n, LIBUFFD_PAGE_POISONED);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(s.content, s.m.length);
	if (s.m.fd >= 0)
		close(s.m.fd);
}

static void fills_the_rest(void)
{
	each_backing(unmapped);
	each_backing(all_unmapped);
}
TEST_MAIN(fills_the_rest)
