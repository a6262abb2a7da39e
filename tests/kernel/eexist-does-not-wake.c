/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * EEXIST wakes nobody, from COPY, ZEROPAGE and CONTINUE alike: whoever waits for a page that became
 * present without a wakeup goes on waiting until WAKE.
 */
#include "expect.h"

static void copy_says_eexist(void)
{
	struct test_memory m;
	struct toucher t;
	uint8_t *from;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	touch_start(&t, m.at, false, 0);
	expect_fault(fd, m.at, 0);
	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.page, UFFDIO_COPY_MODE_DONTWAKE), 0, m.page);
	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.page, 0), -EEXIST, -EEXIST);
	ck_assert(touch_asleep(&t));
	EXPECT_ANSWER(ask_zeropage(fd, m.at, m.page, 0), -EEXIST, -EEXIST);
	ck_assert(touch_asleep(&t));
	expect_silence(fd);
	ck_assert_int_eq(uffd_raw_wake(fd, address(m.at), m.page), 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(t.value, 5);
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}

static void continue_says_eexist(void)
{
	struct test_memory m;
	struct toucher t;
	int fd = test_uffd(UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	page_pwrite(&m, 0, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MINOR);
	touch_start(&t, m.at, false, 0);
	expect_fault(fd, m.at, UFFD_PAGEFAULT_FLAG_MINOR);
	EXPECT_ANSWER(ask_continue(fd, m.at, m.page, UFFDIO_CONTINUE_MODE_DONTWAKE), 0, m.page);
	EXPECT_ANSWER(ask_continue(fd, m.at, m.page, 0), -EEXIST, -EEXIST);
	ck_assert(touch_asleep(&t));
	expect_silence(fd);
	ck_assert_int_eq(uffd_raw_wake(fd, address(m.at), m.page), 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	test_memory_free(&m);
	close(fd);
}

static void eexist_does_not_wake(void)
{
	copy_says_eexist();
	continue_says_eexist();
}
TEST_MAIN(eexist_does_not_wake)
