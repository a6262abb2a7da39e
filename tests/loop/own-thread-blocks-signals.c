/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* In the thread of uffd_loop_start() every signal is blocked; in the caller's none that was not. */
#include "serve.h"

#include <signal.h>

static struct served s;
static sigset_t blocked;
static _Atomic bool asked;

static int fault(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	if (!atomic_load(&asked)) {
		pthread_sigmask(SIG_SETMASK, NULL, &blocked);
		atomic_store(&asked, true);
	}
	return served_fault(region, extent, user);
}

static void own_thread_blocks_signals(void)
{
	sigset_t before, after;

	pthread_sigmask(SIG_SETMASK, NULL, &before);
	serve(&s, LIBUFFD_BACKING_ANON, 4, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = fault});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert(served_right(&s, 0));
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	/* Between 31 and SIGRTMIN are the C library's own. */
	for (int signal = 1; signal < 32; signal++) {
		if (signal != SIGKILL && signal != SIGSTOP)
			ck_assert_msg(sigismember(&blocked, signal) == 1, "signal %d", signal);
		ck_assert_int_eq(sigismember(&after, signal), sigismember(&before, signal));
	}
	for (int signal = SIGRTMIN; signal <= SIGRTMAX; signal++)
		ck_assert_msg(sigismember(&blocked, signal) == 1, "signal %d", signal);
	serve_end(&s);
}

TEST_MAIN(own_thread_blocks_signals)
