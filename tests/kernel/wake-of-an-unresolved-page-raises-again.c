/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* WAKE of a page that is still absent makes the thread raise the same fault as a new message. */
#include "expect.h"

static void wake_raises_again(void)
{
	struct test_memory m;
	struct toucher t;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	touch_start(&t, m.at, false, 0);
	expect_fault(fd, m.at, 0);
	ck_assert_int_eq(uffd_raw_wake(fd, address(m.at), m.page), 0);
	expect_fault(fd, m.at, 0);
	EXPECT_ANSWER(ask_zeropage(fd, m.at, m.page, 0), 0, m.page);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	expect_silence(fd);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(wake_raises_again)
