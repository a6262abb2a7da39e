/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Multishot POLL of a userfaultfd tells of arrivals, not of what is left: several faults may be one
 * completion, and messages that stay unread raise no other. So read until EAGAIN.
 */
#include "expect.h"
#include "uring.h"

#include <poll.h>

#define THREADS 3

static void poll_multishot_is_edge_like(void)
{
	struct test_memory m;
	struct toucher t[THREADS];
	struct uffd_msg messages[THREADS + 1];
	struct completion cqe;
	struct uring u;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, THREADS);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	uring_make(&u, IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER, 4096);
	io_uring_prep_poll_multishot(io_uring_get_sqe(&u.ring), fd, POLLIN);
	ck_assert_int_eq(io_uring_submit(&u.ring), 1);
	for (size_t k = 0; k < THREADS; k++)
		touch_start(&t[k], page_at(&m, k), false, 0);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert(touch_asleep(&t[k]));

	/* Three faults arrived before this thread entered the kernel: one completion. */
	cqe = uring_next(&u);
	ck_assert_int_eq(cqe.res & POLLIN, POLLIN);
	ck_assert(cqe.flags & IORING_CQE_F_MORE);
	ck_assert_int_eq(uffd_raw_read(fd, messages, 1), 1);
	/* Two are left, and nobody tells. */
	ck_assert_int_ge(io_uring_get_events(&u.ring), 0);
	ck_assert(uring_idle(&u));
	ck_assert_int_eq(uffd_raw_read(fd, messages, THREADS + 1), THREADS - 1);
	expect_silence(fd);

	EXPECT_ANSWER(ask_zeropage(fd, m.at, m.length, 0), 0, m.length);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
	uring_free(&u);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(poll_multishot_is_edge_like)
