/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A claimed run that is zeroed is zeros in every page, and whoever waits for one goes on. */
#include "claims.h"

static void zero(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct toucher first, last;
	struct served s;

	claims_make(&s, backing, 0, 0, 0);
	claim(&s, 0, n);
	wait_start(&s, &first, 0);
	wait_start(&s, &last, n - 1);
	ck_assert_int_eq(uffd_zero(s.region, 0, s.m.length, 0), 0);
	expect_state(&s, 0, n, LIBUFFD_PAGE_CACHED);
	wait_end(&first, 0);
	wait_end(&last, 0);
	expect_zeros(&s, 0, n);
	serve_end(&s);
}

static void zero_brings_zeros(void)
{
	each_backing(zero);
}
TEST_MAIN(zero_brings_zeros)
