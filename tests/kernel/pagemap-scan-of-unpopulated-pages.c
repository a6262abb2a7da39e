/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Pages that were never populated are shown as written until they are protected, by WRITEPROTECT or
 * by the scan itself, and then no more: also after they have been read, with a page table there
 * before or not.
 */
#include "scan.h"

static void unpopulated(uint32_t backing, bool by_scan)
{
	struct test_memory m;
	int fd;

	test_memory_make(&m, backing, 8);
	fd = scan_uffd(&m);
	EXPECT_WRITTEN(&m, 0, "0-7");
	if (by_scan)
		EXPECT_WRITTEN(&m, SCAN_PROTECT, "0-7");
	else
		protect_all(fd, &m);
	EXPECT_WRITTEN(&m, 0, "");
	read_page(&m, 2);
	EXPECT_WRITTEN(&m, 0, "");
	write_page(&m, 2);
	write_page(&m, 5);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "2 5");
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "");
	test_memory_free(&m);
	close(fd);
}

static void pagemap_scan_of_unpopulated_pages(void)
{
	for (int by_scan = 0; by_scan < 2; by_scan++) {
		unpopulated(LIBUFFD_BACKING_ANON, by_scan);
		unpopulated(LIBUFFD_BACKING_SHMEM, by_scan);
		unpopulated(LIBUFFD_BACKING_SHMEM_PRIVATE, by_scan);
	}
}
TEST_MAIN(pagemap_scan_of_unpopulated_pages)
