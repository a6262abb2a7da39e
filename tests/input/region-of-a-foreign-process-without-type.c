/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Another process's memory cannot be looked at: its type and page size must be told, and be real.
 */
#include "input.h"

#define REFUSES(...)                                                                               \
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING, -EINVAL, .fault = fault_never,        \
		       .flags = LIBUFFD_REGION_FOREIGN, __VA_ARGS__)

static void without_type(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	REFUSES(.backing = LIBUFFD_BACKING_DETECT);
	REFUSES(.backing = LIBUFFD_BACKING_DETECT, .page_size = 4096);
	REFUSES(.backing = LIBUFFD_BACKING_ANON);
	REFUSES(.backing = LIBUFFD_BACKING_ANON, .page_size = 3);
	REFUSES(.backing = LIBUFFD_BACKING_ANON, .page_size = 1); /* smaller than any page */
	REFUSES(.backing = LIBUFFD_BACKING_ANON, .page_size = 2048);
	expect_unregistered(m.at, m.length);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(without_type)
