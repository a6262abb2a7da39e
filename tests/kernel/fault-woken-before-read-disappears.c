/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A fault whose page is filled before anybody read it is gone: poll and read find nothing. */
#include "expect.h"

#include <poll.h>

static void fault_woken_before_read_disappears(void)
{
	struct test_memory m;
	struct toucher t;
	struct pollfd p = {.events = POLLIN};
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	touch_start(&t, m.at, false, 0);
	expect_readable(fd);
	EXPECT_ANSWER(ask_zeropage(fd, m.at, m.page, 0), 0, m.page);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	p.fd = fd;
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	expect_silence(fd);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(fault_woken_before_read_disappears)
