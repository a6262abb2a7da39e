/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Nanoseconds that are no part of a second are EINVAL, before anything is claimed. */
#include "input.h"

static void no_time(void)
{
	static const long wrong[] = {-1, 1000000000, INT64_MAX, INT64_MIN};
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_region *r;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never);
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct timespec deadline = {.tv_sec = 1, .tv_nsec = wrong[i]};

		EXPECT(uffd_demand(r, 0, m.page, &deadline), -EINVAL);
		EXPECT(uffd_region_page(r, 0), LIBUFFD_PAGE_EMPTY);
	}
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

TEST_MAIN(no_time)
