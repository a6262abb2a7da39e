/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* On hugetlb too: content that cannot be read is EFAULT and no signal, and the claim stands. */
#include "input.h"

static void unreadable(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MINOR_HUGETLBFS);
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_HUGETLB, 1);
	r = REGION(ctx, &m, LIBUFFD_MISSING | LIBUFFD_MINOR, .fault = fault_never,
		   .flags = LIBUFFD_REGION_FD, .fd = m.fd);
	EXPECT(uffd_claim(r, 0, m.length, &e), 0);
	EXPECT(uffd_copy(r, 0, (void *)(uintptr_t)8, m.length, 0), -EFAULT);
	EXPECT(uffd_region_page(r, 0), LIBUFFD_PAGE_BUSY);
	EXPECT(uffd_populate(r, 0, (void *)(uintptr_t)8, m.length, 0), -EFAULT);
	EXPECT(uffd_region_page(r, 0), LIBUFFD_PAGE_BUSY);
	EXPECT(uffd_zero(r, 0, m.length, 0), 0);
	ck_assert_uint_eq(*(volatile uint8_t *)m.at, 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(unreadable)
