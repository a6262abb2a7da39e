/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * WRITEPROTECT of a range of which a part is unmapped does the rest and succeeds; where something
 * else is mapped it stops with ENOENT, having done what is before it. PAGEMAP_SCAN without
 * CHECK_WPASYNC passes over both.
 */
#include "scan.h"

static void passes_over_holes(void)
{
	struct test_memory m;
	int fd;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 8);
	fd = scan_uffd(&m);
	for (size_t k = 0; k < 8; k++)
		write_page(&m, k);
	ck_assert_int_eq(munmap(page_at(&m, 2), 2 * m.page), 0);
	protect_all(fd, &m);
	ck_assert(page_protected(page_at(&m, 1)) && page_protected(page_at(&m, 4)));
	write_page(&m, 1);
	write_page(&m, 6);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "1 6");

	ck_assert_ptr_eq(mmap(page_at(&m, 2), 2 * m.page, PROT_READ | PROT_WRITE,
			      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
			 page_at(&m, 2));
	write_page(&m, 0);
	write_page(&m, 3);
	write_page(&m, 7);
	ck_assert_int_eq(
		uffd_raw_writeprotect(fd, address(m.at), m.length, UFFDIO_WRITEPROTECT_MODE_WP),
		-ENOENT);
	ck_assert(page_protected(page_at(&m, 0)) && !page_protected(page_at(&m, 3)));
	ck_assert(!page_protected(page_at(&m, 7)));
	write_page(&m, 0);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "-1"); /* EPERM */
	write_page(&m, 0);
	EXPECT_WRITTEN(&m, PM_SCAN_WP_MATCHING, "0 7");
	ck_assert(!page_protected(page_at(&m, 3)));
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(passes_over_holes)
