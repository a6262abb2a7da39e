/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * WAKE after a pwrite releases a MISSING waiter: registered MISSING only it goes on without a
 * further message, registered MISSING|MINOR it comes back as a second message flagged MINOR.
 */
#include "expect.h"

static void wake_after_pwrite(uint64_t mode)
{
	struct test_memory m;
	struct toucher t;
	int fd = test_uffd(UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	expect_register(fd, &m, mode);
	touch_start(&t, m.at, false, 0);
	expect_fault(fd, m.at, 0);
	page_pwrite(&m, 0, 5);
	ck_assert_int_eq(uffd_raw_wake(fd, address(m.at), m.page), 0);
	if (mode & UFFDIO_REGISTER_MODE_MINOR) {
		expect_fault(fd, m.at, UFFD_PAGEFAULT_FLAG_MINOR);
		EXPECT_ANSWER(ask_continue(fd, m.at, m.page, 0), 0, m.page);
	}
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(t.value, 5);
	expect_silence(fd);
	test_memory_free(&m);
	close(fd);
}

static void wake_after_pwrite_turns_minor(void)
{
	wake_after_pwrite(UFFDIO_REGISTER_MODE_MISSING);
	wake_after_pwrite(UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_MINOR);
}
TEST_MAIN(wake_after_pwrite_turns_minor)
