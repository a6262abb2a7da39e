/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* WRITEPROTECT of memory that is unmapped, or not registered WP, is ENOENT. */
#include "expect.h"

static void writeprotect_outside_wp(void)
{
	struct test_memory m;
	int fd = test_uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	ck_assert_int_eq(
		uffd_raw_writeprotect(fd, address(m.at), m.page, UFFDIO_WRITEPROTECT_MODE_WP),
		-ENOENT);
	ck_assert_int_eq(munmap(page_at(&m, 1), m.page), 0);
	ck_assert_int_eq(uffd_raw_writeprotect(fd, address(page_at(&m, 1)), m.page,
					       UFFDIO_WRITEPROTECT_MODE_WP),
			 -ENOENT);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(writeprotect_outside_wp)
