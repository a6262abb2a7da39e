/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * When the ring of provided buffers is empty READ_MULTISHOT ends with ENOBUFS; armed again with a
 * buffer it delivers what was waiting.
 */
#include "expect.h"
#include "uring.h"

static void without_buffers_says_enobufs(void)
{
	struct test_memory m;
	struct toucher t[2];
	struct completion cqe;
	struct uffd_msg *msg;
	struct uring u;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	uring_make(&u, 0, sizeof(*msg));
	uring_provide(&u, 0);
	uring_arm(&u, fd, 1);
	touch_start(&t[0], page_at(&m, 0), false, 0);
	cqe = uring_next(&u);
	ck_assert_int_eq(cqe.res, sizeof(*msg));

	/* Its only buffer is used up. */
	touch_start(&t[1], page_at(&m, 1), false, 0);
	cqe = uring_next(&u);
	ck_assert_int_eq(cqe.res, -ENOBUFS);
	ck_assert(!(cqe.flags & IORING_CQE_F_MORE));
	uring_provide(&u, 1);
	uring_arm(&u, fd, 2);
	cqe = uring_next(&u);
	ck_assert_uint_eq(cqe.user_data, 2);
	ck_assert_int_eq(cqe.res, sizeof(*msg));
	msg = uring_data(&u, &cqe);
	ck_assert_uint_eq(msg->arg.pagefault.address, address(page_at(&m, 1)));

	EXPECT_ANSWER(ask_zeropage(fd, m.at, m.length, 0), 0, m.length);
	ck_assert_int_eq(touch_join(&t[0]), TOUCH_DONE);
	ck_assert_int_eq(touch_join(&t[1]), TOUCH_DONE);
	uring_free(&u);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(without_buffers_says_enobufs)
