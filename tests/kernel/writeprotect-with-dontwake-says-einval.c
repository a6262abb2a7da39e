/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* WRITEPROTECT with both WP and DONTWAKE is EINVAL; DONTWAKE belongs to un-protecting. */
#include "expect.h"

static void writeprotect_with_dontwake(void)
{
	struct test_memory m;
	int fd = test_uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_WP);
	ck_assert_int_eq(uffd_raw_writeprotect(fd, address(m.at), m.length,
					       UFFDIO_WRITEPROTECT_MODE_WP |
						       UFFDIO_WRITEPROTECT_MODE_DONTWAKE),
			 -EINVAL);
	ck_assert(!page_protected(m.at));
	ck_assert_int_eq(
		uffd_raw_writeprotect(fd, address(m.at), m.length, UFFDIO_WRITEPROTECT_MODE_WP), 0);
	ck_assert(page_protected(m.at));
	ck_assert_int_eq(uffd_raw_writeprotect(fd, address(m.at), m.length,
					       UFFDIO_WRITEPROTECT_MODE_DONTWAKE),
			 0);
	ck_assert(!page_protected(m.at));
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(writeprotect_with_dontwake)
