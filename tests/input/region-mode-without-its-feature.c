/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A mode that the memory could do is EOPNOTSUPP where the context lacks the feature for it. */
#include "input.h"

static void without_features(void)
{
	struct uffd_ctx *ctx = ctx_of_old_kernel(0);
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING, -EOPNOTSUPP, .fault = fault_never);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MINOR, -EOPNOTSUPP,
		       .flags = LIBUFFD_REGION_TRUST_CACHE);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_WP, -EOPNOTSUPP, .wp_fault = wp_never);
	expect_unregistered(m.at, m.length);
	test_memory_free(&m);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_WP, -EOPNOTSUPP, .wp_fault = wp_never);
	EXPECT(uffd_region_remove(REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never),
				  LIBUFFD_CLOSE_DROP),
	       0);
	expect_unregistered(m.at, m.length);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(without_features)
