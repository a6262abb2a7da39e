/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * guest_memfd is scanned as shared memory is: pages that were never populated get markers, which a
 * read leaves in place. Other than there a punched hole takes the marker with it: the page shows as
 * written.
 */
#include "kvm.h"
#include "scan.h"

static void pagemap_scan_of_guest_memfd(void)
{
	struct test_memory m;
	int fd;

	close(test_uffd(SCAN_FEATURES));
	kvm_guest_memfd_make(&m, 8);
	fd = scan_uffd(&m);
	write_page(&m, 0);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "0-7");
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "");
	read_page(&m, 3);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "");
	write_page(&m, 3);
	write_page(&m, 5);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "3 5");
	ck_assert_int_eq(fallocate(m.fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				   (off_t)(3 * m.page), (off_t)m.page),
			 0);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "3");
	ck_assert_int_eq(read_page(&m, 3), 0);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "");
	write_page(&m, 3);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "3");
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(pagemap_scan_of_guest_memfd)
