/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* POISON works on a userfaultfd whose handshake did not ask for UFFD_FEATURE_POISON. */
#include "expect.h"

static void poison_without_its_feature(void)
{
	struct test_memory m;
	struct toucher t;
	uint64_t has = 0;
	int fd = test_uffd(0);

	ck_assert_int_eq(uffd_raw_features(&has), 0);
	if (!(has & UFFD_FEATURE_POISON))
		test_skip("the kernel has no POISON");
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	touch_start(&t, m.at, false, 0);
	expect_fault(fd, m.at, 0);
	EXPECT_ANSWER(ask_poison(fd, m.at, m.page, 0), 0, m.page);
	ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	expect_silence(fd);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(poison_without_its_feature)
