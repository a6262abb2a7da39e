/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Onto a POISON marker COPY succeeds and un-poisons the page, while ZEROPAGE is EEXIST. */
#include "expect.h"

static void poison_marker_yields_to_copy_only(void)
{
	struct test_memory m;
	struct toucher t;
	uint8_t *from;
	int fd = test_uffd(UFFD_FEATURE_POISON);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	EXPECT_ANSWER(ask_poison(fd, m.at, m.page, 0), 0, m.page);
	touch_start(&t, m.at, false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	EXPECT_ANSWER(ask_zeropage(fd, m.at, m.page, 0), -EEXIST, -EEXIST);
	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.page, 0), 0, m.page);
	touch_start(&t, m.at, false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(t.value, 5);
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(poison_marker_yields_to_copy_only)
