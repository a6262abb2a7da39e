/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Moved pages have their bytes, their waiters go on, and their old place is a hole. */
#include "claims.h"

static void move_brings_the_pages(void)
{
	size_t n = claim_pages(LIBUFFD_BACKING_ANON);
	struct uffd_stats stats;
	struct toucher t;
	struct served s;
	uint8_t *staging;

	claims_make(&s, LIBUFFD_BACKING_ANON, 0, 0, 0);
	if (!(uffd_ctx_features(s.ctx) & UFFD_FEATURE_MOVE))
		test_skip("the kernel lacks UFFDIO_MOVE");
	staging = content_make(s.m.length);
	claim(&s, 0, n);
	wait_start(&s, &t, n - 1);
	ck_assert_int_eq(uffd_move(s.region, 0, staging, s.m.length, 0), 0);
	wait_end(&t, first_byte(&s, n - 1));
	expect_content(&s, 0, n);
	expect_state(&s, 0, n, LIBUFFD_PAGE_CACHED);
	for (size_t p = 0; p < n; p++)
		ck_assert(!page_mapped(staging + p * s.m.page));
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.pages_moved, n);
	ck_assert_uint_eq(stats.pages_copied, 0);
	munmap(staging, s.m.length);
	serve_end(&s);
}
TEST_MAIN(move_brings_the_pages)
