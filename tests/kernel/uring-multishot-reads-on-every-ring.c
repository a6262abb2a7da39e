/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * READ_MULTISHOT of a non-blocking userfaultfd delivers one fault after the other on a default, a
 * COOP_TASKRUN, a DEFER_TASKRUN|SINGLE_ISSUER and an SQPOLL ring.
 */
#include "expect.h"
#include "uring.h"

#define PAGES 3
#define ARMED 1

static void expect_faults(struct uring *u, unsigned int flags)
{
	struct test_memory m;
	struct toucher t;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, PAGES);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	uring_make(u, flags, 4096);
	for (unsigned int k = 0; k < PAGES; k++)
		uring_provide(u, k);
	uring_arm(u, fd, ARMED);
	for (size_t k = 0; k < PAGES; k++) {
		struct completion cqe;
		struct uffd_msg *msg;

		touch_start(&t, page_at(&m, k), false, 0);
		cqe = uring_next(u);
		ck_assert_uint_eq(cqe.user_data, ARMED);
		ck_assert_int_eq(cqe.res, sizeof(*msg));
		ck_assert(cqe.flags & IORING_CQE_F_MORE);
		msg = uring_data(u, &cqe);
		ck_assert_int_eq(msg->event, UFFD_EVENT_PAGEFAULT);
		ck_assert_uint_eq(msg->arg.pagefault.address, address(page_at(&m, k)));
		EXPECT_ANSWER(ask_zeropage(fd, page_at(&m, k), m.page, 0), 0, m.page);
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	}
	test_memory_free(&m);
	close(fd);
}

static void multishot_reads_on_every_ring(void)
{
	struct uring u[4];

	expect_faults(&u[0], 0);
	expect_faults(&u[1], IORING_SETUP_COOP_TASKRUN);
	expect_faults(&u[2], IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER);
	expect_faults(&u[3], IORING_SETUP_SQPOLL);
	uring_free_all(u, 4);
}
TEST_MAIN(multishot_reads_on_every_ring)
