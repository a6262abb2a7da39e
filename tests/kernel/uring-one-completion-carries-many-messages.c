/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * One completion of READ_MULTISHOT carries all messages that fit in its buffer: 16 threads fault
 * while the program is not in the kernel, and one completion has 16 messages.
 */
#include "expect.h"
#include "uring.h"

#define THREADS 16

static void one_completion_many_messages(void)
{
	struct test_memory m;
	struct toucher t[THREADS];
	struct completion cqe;
	struct uffd_msg *messages;
	struct uring u;
	unsigned int seen = 0;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, THREADS);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	/* With DEFER_TASKRUN nothing is read until this thread asks for completions. */
	uring_make(&u, IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SINGLE_ISSUER, 4096);
	uring_provide(&u, 0);
	uring_provide(&u, 1);
	uring_arm(&u, fd, 1);
	for (size_t k = 0; k < THREADS; k++)
		touch_start(&t[k], page_at(&m, k), false, 0);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert(touch_asleep(&t[k]));
	ck_assert(uring_idle(&u));

	cqe = uring_next(&u);
	ck_assert_int_eq(cqe.res, THREADS * sizeof(struct uffd_msg));
	messages = uring_data(&u, &cqe);
	for (size_t k = 0; k < THREADS; k++)
		seen |= 1u << (messages[k].arg.pagefault.address - address(m.at)) / m.page;
	ck_assert_uint_eq(seen, 0xffff);
	expect_silence(fd);
	EXPECT_ANSWER(ask_zeropage(fd, m.at, m.length, 0), 0, m.length);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
	uring_free(&u);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(one_completion_many_messages)
