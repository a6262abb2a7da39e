/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* READ_MULTISHOT into a buffer smaller than one message ends with EINVAL; the fault is not lost. */
#include "expect.h"
#include "uring.h"

static void small_buffer_says_einval(void)
{
	struct test_memory m;
	struct toucher t;
	struct completion cqe;
	struct uring u;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	uring_make(&u, 0, sizeof(struct uffd_msg) - 1);
	uring_provide(&u, 0);
	touch_start(&t, m.at, false, 0);
	expect_readable(fd);
	uring_arm(&u, fd, 1);
	cqe = uring_next(&u);
	ck_assert_int_eq(cqe.res, -EINVAL);
	ck_assert(!(cqe.flags & IORING_CQE_F_MORE));
	expect_fault(fd, m.at, 0);
	EXPECT_ANSWER(ask_zeropage(fd, m.at, m.page, 0), 0, m.page);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	uring_free(&u);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(small_buffer_says_einval)
