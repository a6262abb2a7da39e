/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* An ioctl that fails for another reason than EEXIST wakes nobody either. */
#include "expect.h"

static void error_does_not_wake(void)
{
	struct test_memory m;
	struct toucher t;
	int fd = test_uffd(UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MINOR_SHMEM);
	uint8_t *from;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_MINOR);
	touch_start(&t, m.at, false, 0);
	expect_fault(fd, m.at, 0);

	EXPECT_ANSWER(ask_continue(fd, m.at, m.page, 0), -EFAULT, -EFAULT);
	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.page, UFFDIO_COPY_MODE_WP), -EINVAL, -EINVAL);
	ck_assert_int_eq(mprotect(from, m.page, PROT_NONE), 0);
	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.page, 0), -EFAULT, -EFAULT);
	ck_assert(touch_asleep(&t));
	expect_silence(fd);

	ck_assert_int_eq(mprotect(from, m.page, PROT_READ), 0);
	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.page, 0), 0, m.page);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(error_does_not_wake)
