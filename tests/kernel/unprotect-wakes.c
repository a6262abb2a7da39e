/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Taking the write-protection away wakes who waits for it, unless DONTWAKE is asked. */
#include "expect.h"

static void unprotect_wakes(void)
{
	struct test_memory m;
	struct toucher t;
	int fd = test_uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_WP);
	ck_assert_int_eq(
		uffd_raw_writeprotect(fd, address(m.at), m.page, UFFDIO_WRITEPROTECT_MODE_WP), 0);
	touch_start(&t, m.at, true, 2);
	expect_fault(fd, m.at, UFFD_PAGEFAULT_FLAG_WRITE | UFFD_PAGEFAULT_FLAG_WP);
	ck_assert_int_eq(
		uffd_raw_writeprotect(fd, address(m.at), m.page, UFFDIO_WRITEPROTECT_MODE_DONTWAKE),
		0);
	ck_assert(touch_asleep(&t));
	ck_assert_int_eq(uffd_raw_writeprotect(fd, address(m.at), m.page, 0), 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(*page_at(&m, 0), 2);
	expect_silence(fd);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(unprotect_wakes)
