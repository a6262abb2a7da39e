/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A signal to a thread that waits runs its handler, and then the fault comes a second time. */
#include "expect.h"

#include <signal.h>

static _Atomic int handled;

static void on_signal(int number)
{
	(void)number;
	atomic_store(&handled, 1);
}

static void signal_raises_a_second_message(void)
{
	struct sigaction sa = {.sa_handler = on_signal};
	struct test_memory m;
	struct toucher t;
	int fd = test_uffd(0);

	sigaction(SIGUSR1, &sa, NULL);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	touch_start(&t, m.at, false, 0);
	expect_fault(fd, m.at, 0);
	ck_assert(touch_asleep(&t));
	ck_assert_int_eq(pthread_kill(t.thread, SIGUSR1), 0);
	expect_fault(fd, m.at, 0);
	ck_assert_int_eq(atomic_load(&handled), 1);
	EXPECT_ANSWER(ask_zeropage(fd, m.at, m.page, 0), 0, m.page);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	expect_silence(fd);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(signal_raises_a_second_message)
