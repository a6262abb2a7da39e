/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* MINOR without MISSING is EPERM unless the cache is trusted: a hole would be zeros unheard. */
#include "input.h"

static void minor_alone(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MINOR_SHMEM);
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MINOR, -EPERM, .fault = fault_never);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MINOR | LIBUFFD_WP, -EPERM,
		       .fault = fault_never, .wp_fault = wp_never);
	expect_unregistered(m.at, m.length);
	EXPECT(uffd_region_remove(
		       REGION(ctx, &m, LIBUFFD_MINOR, .flags = LIBUFFD_REGION_TRUST_CACHE),
		       LIBUFFD_CLOSE_REFUSE),
	       0);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(minor_alone)
