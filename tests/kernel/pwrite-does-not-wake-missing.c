/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The lost wakeup: pwrite to the file does not wake who waits for the page as MISSING, a COPY that
 * comes later is EEXIST and does not either; CONTINUE releases them, with no further message, also
 * in a mapping registered MISSING|MINOR.
 */
#include "expect.h"

static void lose_a_wakeup(uint64_t mode)
{
	struct test_memory m;
	struct toucher t;
	uint8_t *from;
	int fd = test_uffd(UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	from = pattern_make(&m, 7);
	expect_register(fd, &m, mode);
	touch_start(&t, m.at, false, 0);
	expect_fault(fd, m.at, 0);
	page_pwrite(&m, 0, 5);
	ck_assert(touch_asleep(&t));
	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.page, 0), -EEXIST, -EEXIST);
	ck_assert(touch_asleep(&t));
	expect_silence(fd);
	EXPECT_ANSWER(ask_continue(fd, m.at, m.page, 0), 0, m.page);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(t.value, 5);
	expect_silence(fd);
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}

static void pwrite_does_not_wake_missing(void)
{
	lose_a_wakeup(UFFDIO_REGISTER_MODE_MISSING);
	lose_a_wakeup(UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_MINOR);
}
TEST_MAIN(pwrite_does_not_wake_missing)
