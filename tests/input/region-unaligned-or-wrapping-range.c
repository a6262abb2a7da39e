/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A range that is empty, unaligned or wraps is EFAULT and registers nothing. */
#include "input.h"

static void refuses(struct uffd_ctx *ctx, uint64_t start, uint64_t length)
{
	REFUSES_REGION(ctx, (void *)(uintptr_t)start, length, LIBUFFD_MISSING, -EFAULT,
		       .fault = fault_never);
	/* The same of another process, where nothing is looked up. */
	REFUSES_REGION(ctx, (void *)(uintptr_t)start, length, LIBUFFD_MISSING, -EFAULT,
		       .fault = fault_never, .flags = LIBUFFD_REGION_FOREIGN,
		       .backing = LIBUFFD_BACKING_ANON, .page_size = 4096);
}

static void bad_ranges(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct test_memory m;
	uint64_t at, page;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 8);
	at = (uintptr_t)m.at;
	page = m.page;
	refuses(ctx, at, 0);
	refuses(ctx, 0, page);
	refuses(ctx, 0, 0);
	refuses(ctx, at, 1);
	refuses(ctx, at, page - 1);
	refuses(ctx, at, page + 1);
	refuses(ctx, at + 1, page);
	refuses(ctx, at + page / 2, page);
	refuses(ctx, at + page / 2, page / 2);
	refuses(ctx, at + page - 1, 1);
	refuses(ctx, at, UINT64_MAX);
	refuses(ctx, at, UINT64_MAX - page + 1);
	refuses(ctx, at, UINT64_C(0) - at); /* ends at the very top, as 0 */
	refuses(ctx, UINT64_MAX - page + 1, page);
	refuses(ctx, UINT64_MAX - page + 1, 2 * page);
	refuses(ctx, UINT64_MAX, 1);
	expect_unregistered(m.at, m.length);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(bad_ranges)
