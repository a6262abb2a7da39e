/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd_loop_run() returns when another thread, or a signal handler, calls uffd_loop_stop(), also if
 * that was before it began; and can be called again.
 */
#include "serve.h"

#include <signal.h>

static struct served s;
static struct uffd_loop *loop;
static uint64_t sleeps_before;

static void on_signal(int signal)
{
	(void)signal;
	uffd_loop_stop(loop);
}

static void *stops(void *arg)
{
	(void)arg;
	WAIT_UNTIL(stats_of(s.ctx).sleeps > sleeps_before);
	return (void *)(intptr_t)uffd_loop_stop(loop);
}

static uint64_t before; /* how often it had slept */

static void *kills(void *arg)
{
	WAIT_UNTIL(stats_of(s.ctx).sleeps > before);
	pthread_kill(*(pthread_t *)arg, SIGUSR1);
	return NULL;
}

static void run_ends_by_stop(void)
{
	struct sigaction sa = {.sa_handler = on_signal}, old;
	pthread_t self = pthread_self(), thread;
	struct toucher t;

	serve(&s, LIBUFFD_BACKING_ANON, 32, 0, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	loop = s.loop = serve_open(s.ctx, NULL);
	/* Before it runs. */
	ck_assert_int_eq(uffd_loop_stop(loop), 0);
	ck_assert_int_eq(uffd_loop_run(loop), 0);
	/* From another thread, while a fault comes. */
	touch_start(&t, served_page(&s, 1), false, 0);
	ck_assert_int_eq(
		pthread_create(&thread, NULL, stops, (void *)(uintptr_t)stats_of(s.ctx).sleeps), 0);
	ck_assert_int_eq(uffd_loop_run(loop), 0);
	pthread_join(thread, NULL);
	DISPATCH_UNTIL(loop, atomic_load(&t.state) != TOUCH_RUNNING);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	/* From a signal handler of the same thread. */
	sigaction(SIGUSR1, &sa, &old);
	sleeps_before = stats_of(s.ctx).sleeps;
	before = stats_of(s.ctx).sleeps;
	ck_assert_int_eq(pthread_create(&thread, NULL, kills, &self), 0);
	ck_assert_int_eq(uffd_loop_run(loop), 0);
	pthread_join(thread, NULL);
	sigaction(SIGUSR1, &old, NULL);
	/* And of a loop that is dispatched. */
	ck_assert_int_eq(uffd_loop_stop(loop), 0);
	ck_assert_int_eq(uffd_loop_dispatch(loop, -1), -ECANCELED);
	ck_assert_int_eq(uffd_loop_dispatch(loop, 0), 0);
	serve_end(&s);
}

TEST_MAIN(run_ends_by_stop)
