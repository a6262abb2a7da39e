/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * READ_MULTISHOT of a non-blocking userfaultfd ends with EINTR, not waiting for anything, when it
 * looks while a signal is pending: here SIGPIPE from a write that the same submission made just
 * before. Armed again it works.
 */
#include "expect.h"
#include "uring.h"

#include <signal.h>

#define WRITE 1
#define ARMED 2

static void on_signal(int number)
{
	(void)number;
}

static void submit_write_then_multishot(struct uring *u, int pipe_fd, int fd)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);

	io_uring_prep_write(sqe, pipe_fd, "", 1, 0);
	sqe->user_data = WRITE;
	uring_prepare(u, fd, ARMED);
	ck_assert_int_eq(io_uring_submit(&u->ring), 2);
}

static void expect_works_when_armed_again(struct uring *u, int fd, const struct test_memory *m)
{
	struct completion cqe;
	struct toucher t;

	uring_arm(u, fd, ARMED);
	touch_start(&t, m->at, false, 0);
	cqe = uring_next(u);
	ck_assert_int_eq(cqe.res, sizeof(struct uffd_msg));
	ck_assert(cqe.flags & IORING_CQE_F_MORE);
	EXPECT_ANSWER(ask_zeropage(fd, m->at, m->page, 0), 0, m->page);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
}

static void multishot_ends_with_eintr(void)
{
	struct sigaction sa = {.sa_handler = on_signal};
	struct test_memory m;
	struct completion cqe;
	struct uring u;
	int fd = test_uffd(0), pipe_fds[2];

	sigaction(SIGPIPE, &sa, NULL);
	ck_assert_int_eq(pipe2(pipe_fds, O_CLOEXEC | O_NONBLOCK), 0);
	close(pipe_fds[0]);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	uring_make(&u, 0, 4096);
	uring_provide(&u, 0);

	submit_write_then_multishot(&u, pipe_fds[1], fd);
	/* The two come in any order. */
	for (int k = 0; k < 2; k++) {
		cqe = uring_next(&u);
		ck_assert_int_eq(cqe.res, cqe.user_data == WRITE ? -EPIPE : -EINTR);
		ck_assert(!(cqe.flags & IORING_CQE_F_MORE));
	}
	expect_works_when_armed_again(&u, fd, &m);

	uring_free(&u);
	test_memory_free(&m);
	close(pipe_fds[1]);
	close(fd);
}
TEST_MAIN(multishot_ends_with_eintr)
