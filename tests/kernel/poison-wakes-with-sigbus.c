/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* POISON wakes who waits for the page, and they get SIGBUS. */
#include "expect.h"

static void poison_wakes_with_sigbus(void)
{
	struct test_memory m;
	struct toucher t;
	int fd = test_uffd(UFFD_FEATURE_POISON);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	touch_start(&t, m.at, false, 0);
	expect_fault(fd, m.at, 0);
	EXPECT_ANSWER(ask_poison(fd, m.at, m.page, UFFDIO_POISON_MODE_DONTWAKE), 0, m.page);
	ck_assert(touch_asleep(&t));
	EXPECT_ANSWER(ask_poison(fd, m.at, m.page, 0), -EEXIST, -EEXIST);
	ck_assert(touch_asleep(&t));
	ck_assert_int_eq(uffd_raw_wake(fd, address(m.at), m.page), 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	test_memory_free(&m);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	touch_start(&t, m.at, true, 1);
	expect_fault(fd, m.at, UFFD_PAGEFAULT_FLAG_WRITE);
	EXPECT_ANSWER(ask_poison(fd, m.at, m.page, 0), 0, m.page);
	ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	expect_silence(fd);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(poison_wakes_with_sigbus)
