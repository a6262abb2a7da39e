/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* On hugetlb the unit is the huge page: a range of small ones is EFAULT. */
#include "input.h"

static void small_pages(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MISSING_HUGETLBFS);
	struct test_memory m;
	uint8_t *at;

	test_memory_make(&m, LIBUFFD_BACKING_HUGETLB, 2);
	at = m.at;
	REFUSES_REGION(ctx, at, 4096, LIBUFFD_MISSING, -EFAULT, .fault = fault_never);
	REFUSES_REGION(ctx, at + 4096, m.page, LIBUFFD_MISSING, -EFAULT, .fault = fault_never);
	REFUSES_REGION(ctx, at, m.page + 4096, LIBUFFD_MISSING, -EFAULT, .fault = fault_never);
	expect_unregistered(m.at, m.length);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(small_pages)
