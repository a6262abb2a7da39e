/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Registered MISSING only, a page that is in the page cache is accessed with no message; registered
 * MINOR only, a hole reads as zeros with no message. MISSING|MINOR sees both.
 */
#include "expect.h"

static void half_registered_shmem_is_silent(void)
{
	struct test_memory m;
	struct toucher t;
	int fd = test_uffd(UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	page_pwrite(&m, 0, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	ck_assert_int_eq(expect_silent_touch(fd, m.at, false, 0), 5);
	test_memory_free(&m);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MINOR);
	ck_assert_int_eq(expect_silent_touch(fd, m.at, false, 0), 0);
	test_memory_free(&m);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	page_pwrite(&m, 0, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_MINOR);
	touch_start(&t, page_at(&m, 0), false, 0);
	expect_fault(fd, page_at(&m, 0), UFFD_PAGEFAULT_FLAG_MINOR);
	EXPECT_ANSWER(ask_continue(fd, page_at(&m, 0), m.page, 0), 0, m.page);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	touch_start(&t, page_at(&m, 1), false, 0);
	expect_fault(fd, page_at(&m, 1), 0);
	EXPECT_ANSWER(ask_zeropage(fd, page_at(&m, 1), m.page, 0), 0, m.page);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(half_registered_shmem_is_silent)
