/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A COPY that succeeds wakes who waits in its range and nobody else; one that succeeds in part
 * wakes only the part that it did, and with DONTWAKE nobody is woken.
 */
#include "expect.h"

#define PAGES 4

static void success_wakes_the_range_done(void)
{
	struct test_memory m;
	struct toucher t[PAGES];
	uint8_t *from;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, PAGES);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	for (size_t k = 0; k < PAGES; k++) {
		touch_start(&t[k], page_at(&m, k), false, 0);
		expect_fault(fd, page_at(&m, k), 0);
	}
	/* A blocker without a wakeup: its waiter and the one behind it stay. */
	EXPECT_ANSWER(
		ask_copy(fd, page_at(&m, 2), from + 2 * m.page, m.page, UFFDIO_COPY_MODE_DONTWAKE),
		0, m.page);
	ck_assert(touch_asleep(&t[2]));
	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.length, 0), -EAGAIN, 2 * m.page);
	ck_assert_int_eq(touch_join(&t[0]), TOUCH_DONE);
	ck_assert_int_eq(touch_join(&t[1]), TOUCH_DONE);
	ck_assert(touch_asleep(&t[2]));
	ck_assert(touch_asleep(&t[3]));

	EXPECT_ANSWER(ask_copy(fd, page_at(&m, 3), from + 3 * m.page, m.page, 0), 0, m.page);
	ck_assert_int_eq(touch_join(&t[3]), TOUCH_DONE);
	ck_assert(touch_asleep(&t[2]));
	ck_assert_int_eq(uffd_raw_wake(fd, address(m.at), m.length), 0);
	ck_assert_int_eq(touch_join(&t[2]), TOUCH_DONE);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_int_eq(t[k].value, 5 + (int)k);
	expect_silence(fd);
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(success_wakes_the_range_done)
