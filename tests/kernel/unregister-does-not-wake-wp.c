/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* UNREGISTER of a WP-only range leaves who waits there asleep; WAKE still reaches them. */
#include "expect.h"

static void unregister_does_not_wake_wp(void)
{
	struct test_memory m;
	struct toucher t;
	int fd = test_uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_WP);
	ck_assert_int_eq(
		uffd_raw_writeprotect(fd, address(m.at), m.page, UFFDIO_WRITEPROTECT_MODE_WP), 0);
	touch_start(&t, m.at, true, 5);
	expect_fault(fd, m.at, UFFD_PAGEFAULT_FLAG_WRITE | UFFD_PAGEFAULT_FLAG_WP);
	ck_assert_int_eq(uffd_raw_unregister(fd, address(m.at), m.length), 0);
	ck_assert_msg(touch_asleep(&t), "fact changed: UNREGISTER wakes waiters of WP ranges");
	ck_assert_int_eq(uffd_raw_wake(fd, address(m.at), m.length), 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(*page_at(&m, 0), 5);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(unregister_does_not_wake_wp)
