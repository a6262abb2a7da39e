/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The threads of a snapshot take no signal that the program has for itself, and are gone when it is
 * closed.
 */
#include "out.h"

#include <signal.h>

#define PAGES 100u

static _Atomic int handled;

static void on_signal(int signal)
{
	(void)signal;
	atomic_fetch_add(&handled, 1);
}

static void own_threads_block_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};
	struct uffd_snapshot *snapshot;
	unsigned int threads;
	sigset_t usr1, before;
	struct served s;
	struct out o;

	snap_serve_anon(&s, PAGES);
	memset(s.m.at, 1, s.m.length);
	sigaction(SIGUSR1, &sa, NULL);
	out_make(&o, s.m.length, true);
	threads = snap_threads();
	snapshot = snap_begin(s.region, -1, out_opts(&o, 0));
	out_entered(&o);
	ck_assert_uint_eq(snap_threads(), threads + 2);
	/* Blocked here, it goes to any thread that does not block it. */
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &usr1, &before);
	ck_assert_int_eq(kill(getpid(), SIGUSR1), 0);
	snap_idle();
	ck_assert_int_eq(atomic_load(&handled), 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	ck_assert_int_eq(atomic_load(&handled), 1);
	out_shut(&o, false);
	ck_assert_int_eq(snap_end(snapshot), 0);
	WAIT_UNTIL(snap_threads() == threads);
	out_free(&o);
	serve_end(&s);
}

TEST_MAIN(own_threads_block_signals)
