/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Two threads that fault on one page send two messages; one COPY wakes both. */
#include "expect.h"

static void two_threads_two_messages(void)
{
	struct test_memory m;
	struct toucher a, b;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	touch_start(&a, m.at, false, 0);
	touch_start(&b, m.at, false, 0);
	expect_fault(fd, m.at, 0);
	expect_fault(fd, m.at, 0);
	EXPECT_ANSWER(ask_zeropage(fd, m.at, m.page, 0), 0, m.page);
	ck_assert_int_eq(touch_join(&a), TOUCH_DONE);
	ck_assert_int_eq(touch_join(&b), TOUCH_DONE);
	expect_silence(fd);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(two_threads_two_messages)
