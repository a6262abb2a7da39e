/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Held open without a reader a userfaultfd lets a fault hang. Its last close wakes who waits, and
 * from then on absent pages of the mapping are zeros, silently.
 */
#include "expect.h"

static void last_close_wakes(void)
{
	struct test_memory m;
	struct toucher t;
	int fd = test_uffd(0), held = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	ck_assert_int_ge(held, 0);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	touch_start(&t, page_at(&m, 0), false, 0);
	ck_assert(touch_asleep(&t));
	close(fd);
	ck_assert(touch_asleep(&t));
	close(held);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(t.value, 0);
	touch_start(&t, page_at(&m, 1), false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(t.value, 0);
	test_memory_free(&m);
}
TEST_MAIN(last_close_wakes)
