/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* UNREGISTER of a MINOR-only range leaves who waits there asleep; WAKE still reaches them. */
#include "expect.h"

static void unregister_does_not_wake_minor(void)
{
	struct test_memory m;
	struct toucher t;
	int fd = test_uffd(UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	page_pwrite(&m, 0, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MINOR);
	touch_start(&t, m.at, false, 0);
	expect_fault(fd, m.at, UFFD_PAGEFAULT_FLAG_MINOR);
	ck_assert_int_eq(uffd_raw_unregister(fd, address(m.at), m.length), 0);
	ck_assert_msg(touch_asleep(&t), "fact changed: UNREGISTER wakes waiters of MINOR ranges");
	ck_assert_int_eq(uffd_raw_wake(fd, address(m.at), m.length), 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(t.value, 5);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(unregister_does_not_wake_minor)
