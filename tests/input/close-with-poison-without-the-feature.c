/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Poison that the context does not have is EOPNOTSUPP, and the region goes on. */
#include "input.h"

static void without_poison(void)
{
	struct uffd_ctx *ctx = ctx_of_old_kernel(0);
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_POISON), -EOPNOTSUPP);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_POISON), -EOPNOTSUPP);
	ck_assert_ptr_eq(uffd_region_lookup(ctx, m.at, NULL), r);
	EXPECT(uffd_claim(r, 0, m.length, &e), 0);
	EXPECT(uffd_zero(r, 0, m.length, 0), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	expect_unregistered(m.at, m.length);
	test_memory_free(&m);
}

TEST_MAIN(without_poison)
