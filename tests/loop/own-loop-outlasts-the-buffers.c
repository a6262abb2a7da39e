/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * More faults at once than a loop has buffers for: somebody else's loop, which dispatches only when
 * the descriptor polls readable, still serves all of them and those that come after.
 */
#include "serve.h"

#include <poll.h>

#define THREADS 700
#define STACK   65536

static struct served s;
static _Atomic int started;
static _Atomic int done;
static _Atomic int wrong;

static void *touches(void *arg)
{
	size_t page = (size_t)(uintptr_t)arg;

	atomic_fetch_add(&started, 1);
	if (*(volatile uint8_t *)served_page(&s, page) != s.content[page * s.m.page])
		atomic_fetch_add(&wrong, 1);
	atomic_fetch_add(&done, 1);
	return NULL;
}

static int ready(struct pollfd *p)
{
	int n;

	/* Polling a ring may be interrupted by the kernel's own work in this thread. */
	do
		n = poll(p, 1, 10000);
	while (n < 0 && errno == EINTR);
	return n;
}

static void own_loop_outlasts_the_buffers(void)
{
	static pthread_t threads[THREADS];
	struct pollfd p = {.events = POLLIN};
	pthread_attr_t attr;

	serve(&s, LIBUFFD_BACKING_ANON, THREADS, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = 4096});
	s.loop = serve_open(s.ctx, NULL);
	p.fd = uffd_loop_fd(s.loop);
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	for (size_t k = 0; k < THREADS; k++)
		if (pthread_create(&threads[k], &attr, touches, (void *)k))
			test_skip("not so many threads here");
	/* All are at their fault, or about to be. */
	WAIT_UNTIL(atomic_load(&started) == THREADS);
	for (int i = 0; i < 100; i++)
		sched_yield();
	while (atomic_load(&done) < THREADS) {
		/* A thread that has been woken needs no message to end. */
		ck_assert_msg(ready(&p) == 1 || atomic_load(&done) == THREADS,
			      "%d of %d threads served, the descriptor is silent",
			      atomic_load(&done), THREADS);
		ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 0);
		if (stats_of(s.ctx).pages_copied == THREADS)
			break;
	}
	for (size_t k = 0; k < THREADS; k++)
		pthread_join(threads[k], NULL);
	pthread_attr_destroy(&attr);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	serve_end(&s);
}

TEST_MAIN(own_loop_outlasts_the_buffers)
