/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * READ_MULTISHOT reads REMOVE behind the program's back: on a default and on a COOP_TASKRUN ring
 * madvise returns before the program has looked at the completion. With DEFER_TASKRUN that happens
 * only inside io_uring_enter, and madvise waits for it.
 */
#include "call.h"
#include "expect.h"
#include "uring.h"

static void remove_is_consumed(struct uring *u, unsigned int flags)
{
	struct test_memory m;
	struct call c;
	struct completion cqe;
	struct uffd_msg *msg;
	int fd = test_uffd(UFFD_FEATURE_EVENT_REMOVE);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	uring_make(u, flags, 4096);
	uring_provide(u, 0);
	uring_arm(u, fd, 1);
	call_madvise(&c, m.at, m.page, MADV_DONTNEED);
	if (flags & IORING_SETUP_DEFER_TASKRUN) {
		expect_readable(fd);
		ck_assert(call_asleep(&c));
		ck_assert(uring_idle(u));
		cqe = uring_next(u);
		ck_assert_int_eq(call_join(&c), 0);
	} else {
		/* This thread only waits; it looks at no completion before the page is gone. */
		ck_assert_int_eq(call_join(&c), 0);
		ck_assert(!page_mapped(m.at));
		ck_assert(!uring_idle(u));
		cqe = uring_next(u);
	}
	ck_assert_int_eq(cqe.res, sizeof(*msg));
	msg = uring_data(u, &cqe);
	ck_assert_int_eq(msg->event, UFFD_EVENT_REMOVE);
	ck_assert_int_eq(uffd_raw_unregister(fd, address(m.at), m.length), 0);
	test_memory_free(&m);
	close(fd);
}

static void multishot_consumes_remove(void)
{
	struct uring u[3];

	remove_is_consumed(&u[0], 0);
	remove_is_consumed(&u[1], IORING_SETUP_COOP_TASKRUN);
	remove_is_consumed(&u[2], IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER);
	uring_free_all(u, 3);
}
TEST_MAIN(multishot_consumes_remove)
