/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A protected page of shared memory that MADV_REMOVE or a punched hole threw away is not shown as
 * written, though its content is gone: its marker stays. A written page that went is shown.
 */
#include "scan.h"

static void removed(bool punched)
{
	struct test_memory m;
	int fd;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 8);
	fd = scan_uffd(&m);
	for (size_t k = 0; k < 8; k++)
		write_page(&m, k);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "0-7");
	write_page(&m, 3);
	if (punched)
		ck_assert_int_eq(fallocate(m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
					   (off_t)(2 * m.page), (off_t)(3 * m.page)),
				 0);
	else
		ck_assert_int_eq(madvise(page_at(&m, 2), 3 * m.page, MADV_REMOVE), 0);
	ck_assert(!page_cached(&m, 2));
	ck_assert(page_protected(page_at(&m, 2)) && !page_protected(page_at(&m, 3)));
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "3");
	ck_assert_int_eq(read_page(&m, 2), 0);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "");
	write_page(&m, 2);
	write_page(&m, 4);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "2 4");
	test_memory_free(&m);
	close(fd);
}

static void pagemap_scan_after_remove(void)
{
	removed(false);
	removed(true);
}
TEST_MAIN(pagemap_scan_after_remove)
