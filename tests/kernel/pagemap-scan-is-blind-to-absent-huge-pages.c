/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Of a hugetlb page that has no entry in the page table PAGEMAP_SCAN says nothing and protects
 * nothing: neither of one that was never touched, nor of one that was written and then left the
 * page table. Its entry in the pagemap tells: no bit 57.
 */
#include "scan.h"

static void never_touched(void)
{
	struct test_memory m;
	int fd;

	test_memory_make(&m, LIBUFFD_BACKING_HUGETLB, 4);
	fd = scan_uffd(&m);
	/* One is there, so that there is a page table. */
	write_page(&m, 0);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "0");
	ck_assert(page_protected(page_at(&m, 0)) && !page_protected(page_at(&m, 1)));
	read_page(&m, 1);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "1");
	/* WRITEPROTECT does leave a marker. */
	protect_all(fd, &m);
	ck_assert(page_protected(page_at(&m, 2)));
	read_page(&m, 2);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "");
	test_memory_free(&m);
	close(fd);
}

static void left_the_page_table(void)
{
	struct test_memory m;
	int fd;

	test_memory_make(&m, LIBUFFD_BACKING_HUGETLB, 4);
	fd = scan_uffd(&m);
	for (size_t k = 0; k < 4; k++)
		write_page(&m, k);
	protect_all(fd, &m);
	write_page(&m, 1);
	ck_assert_int_eq(madvise(page_at(&m, 1), 2 * m.page, MADV_DONTNEED), 0);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "");
	ck_assert(!page_protected(page_at(&m, 1)));
	ck_assert(page_protected(page_at(&m, 2))); /* it was clean: its marker stays */
	ck_assert_int_eq(read_page(&m, 1), 2);
	test_memory_free(&m);
	close(fd);
}

static void blind_to_absent_huge_pages(void)
{
	never_touched();
	left_the_page_table();
}
TEST_MAIN(blind_to_absent_huge_pages)
