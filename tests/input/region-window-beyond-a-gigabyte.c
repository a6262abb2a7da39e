/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A fault's window of more than 1 GiB is EINVAL: a callback answers in bytes, as an int. */
#include "input.h"

static void too_wide(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_region *r;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 4);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING, -EINVAL, .fault = fault_never,
		       .fault_around = UINT64_C(1) << 31);
	expect_unregistered(m.at, m.length);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never,
		   .fault_around = UINT64_C(1) << 30);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(too_wide)
