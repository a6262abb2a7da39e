/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Closing a userfaultfd while a READ_MULTISHOT is armed on it keeps its registrations: registering
 * anew is EBUSY until the request is cancelled and reaped. UNREGISTER before the close frees the
 * memory at once.
 */
#include "expect.h"
#include "uring.h"

#include <sched.h>

#define ARMED       1
#define CANCEL      2
#define PATIENCE_NS UINT64_C(10000000000)

static void cancel_and_reap(struct uring *u)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);
	bool reaped = false, cancelled = false;

	io_uring_prep_cancel64(sqe, ARMED, 0);
	sqe->user_data = CANCEL;
	ck_assert_int_eq(io_uring_submit(&u->ring), 1);
	while (!reaped || !cancelled) {
		struct completion cqe = uring_next(u);

		if (cqe.user_data == CANCEL)
			cancelled = true;
		else
			reaped = !(cqe.flags & IORING_CQE_F_MORE);
	}
}

static void close_while_armed(struct uring *u, const struct test_memory *m)
{
	int fd = test_uffd(0), next = test_uffd(0), ret;
	uint64_t until = test_now() + PATIENCE_NS;

	expect_register(fd, m, UFFDIO_REGISTER_MODE_MISSING);
	uring_arm(u, fd, ARMED);
	close(fd);
	ck_assert_int_eq(uffd_raw_register(next, address(m->at), m->length,
					   UFFDIO_REGISTER_MODE_MISSING, NULL),
			 -EBUSY);
	cancel_and_reap(u);
	/* The ring lets go of the file some moments after the completion. */
	while ((ret = uffd_raw_register(next, address(m->at), m->length,
					UFFDIO_REGISTER_MODE_MISSING, NULL)) == -EBUSY &&
	       test_now() < until)
		sched_yield();
	ck_assert_int_eq(ret, 0);
	close(next);
}

static void unregister_before_close(struct uring *u, const struct test_memory *m)
{
	int fd = test_uffd(0), next = test_uffd(0);

	expect_register(fd, m, UFFDIO_REGISTER_MODE_MISSING);
	uring_arm(u, fd, ARMED);
	ck_assert_int_eq(uffd_raw_unregister(fd, address(m->at), m->length), 0);
	close(fd);
	expect_register(next, m, UFFDIO_REGISTER_MODE_MISSING);
	cancel_and_reap(u);
	close(next);
}

static void armed_request_keeps_the_registration(void)
{
	struct test_memory m;
	struct uring u;

	close(test_uffd(0));
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	uring_make(&u, 0, 4096);
	uring_provide(&u, 0);
	close_while_armed(&u, &m);
	unregister_before_close(&u, &m);
	uring_free(&u);
	test_memory_free(&m);
}
TEST_MAIN(armed_request_keeps_the_registration)
