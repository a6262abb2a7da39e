/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A signal that interrupts the wait of uffd_loop_run() or uffd_loop_dispatch() is no error. */
#include "serve.h"

#include <signal.h>

#define SIGNALS 20

static struct served s;
static _Atomic int caught;

static void on_signal(int signal)
{
	(void)signal;
	atomic_fetch_add(&caught, 1);
}

static void *annoys(void *arg)
{
	for (int n = 0; n < SIGNALS; n++) {
		pthread_kill(*(pthread_t *)arg, SIGUSR1);
		WAIT_UNTIL(atomic_load(&caught) > n);
	}
	return (void *)(intptr_t)uffd_loop_stop(s.loop);
}

static void signal_does_not_end_the_loop(void)
{
	struct sigaction sa = {.sa_handler = on_signal}, old;
	pthread_t self = pthread_self(), thread;

	serve(&s, LIBUFFD_BACKING_ANON, 4, 0, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	s.loop = serve_open(s.ctx, NULL);
	sigaction(SIGUSR1, &sa, &old);
	ck_assert_int_eq(pthread_create(&thread, NULL, annoys, &self), 0);
	ck_assert_int_eq(uffd_loop_run(s.loop), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(atomic_load(&caught), SIGNALS);
	sigaction(SIGUSR1, &old, NULL);
	serve_end(&s);
}

TEST_MAIN(signal_does_not_end_the_loop)
