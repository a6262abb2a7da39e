/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * With WP_ASYNC, pages that MADV_DONTNEED threw away show as written on anonymous memory, and as
 * not written on shared memory.
 */
#include "expect.h"

static int64_t written_after_dontneed(uint32_t backing)
{
	struct test_memory m;
	struct page_region found[8];
	struct pm_scan_arg arg = {.vec = address(found),
				  .vec_len = 8,
				  .category_mask = PAGE_IS_WRITTEN,
				  .return_mask = PAGE_IS_WRITTEN};
	int fd = test_uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM |
			   UFFD_FEATURE_WP_ASYNC);
	int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	int64_t n;

	test_memory_make(&m, backing, 4);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_WP);
	ck_assert_int_eq(
		uffd_raw_writeprotect(fd, address(m.at), m.length, UFFDIO_WRITEPROTECT_MODE_WP), 0);
	arg.start = address(m.at);
	arg.end = arg.start + m.length;
	ck_assert_int_eq(uffd_raw_pagemap_scan(pagemap, &arg), 0);

	/* The scan tells written pages at all. */
	*page_at(&m, 3) = 2;
	ck_assert_int_eq(uffd_raw_pagemap_scan(pagemap, &arg), 1);
	ck_assert_uint_eq(found[0].start, address(page_at(&m, 3)));

	ck_assert_int_eq(madvise(page_at(&m, 1), m.page, MADV_DONTNEED), 0);
	arg.end = address(page_at(&m, 3));
	n = uffd_raw_pagemap_scan(pagemap, &arg);
	if (n == 1) {
		ck_assert_uint_eq(found[0].start, address(page_at(&m, 1)));
		ck_assert_uint_eq(found[0].end, address(page_at(&m, 2)));
	}
	close(pagemap);
	test_memory_free(&m);
	close(fd);
	return n;
}

static void pagemap_scan_after_dontneed(void)
{
	ck_assert_int_eq(written_after_dontneed(LIBUFFD_BACKING_ANON), 1);
	ck_assert_int_eq(written_after_dontneed(LIBUFFD_BACKING_SHMEM), 0);
}
TEST_MAIN(pagemap_scan_after_dontneed)
