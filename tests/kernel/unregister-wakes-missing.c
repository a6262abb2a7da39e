/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* UNREGISTER of a MISSING range wakes who waits there, and the page reads as zeros. */
#include "expect.h"

static void unregister_wakes_missing(void)
{
	static const uint32_t backings[] = {LIBUFFD_BACKING_ANON, LIBUFFD_BACKING_SHMEM};

	for (size_t i = 0; i < 2; i++) {
		struct test_memory m;
		struct toucher t;
		int fd = test_uffd(UFFD_FEATURE_MISSING_SHMEM);

		test_memory_make(&m, backings[i], 1);
		expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
		touch_start(&t, m.at, false, 0);
		expect_fault(fd, m.at, 0);
		ck_assert_int_eq(uffd_raw_unregister(fd, address(m.at), m.length), 0);
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
		ck_assert_int_eq(t.value, 0);
		expect_silence(fd);
		test_memory_free(&m);
		close(fd);
	}
}
TEST_MAIN(unregister_wakes_missing)
