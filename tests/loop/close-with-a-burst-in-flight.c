/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A loop is closed with hundreds of faults in the kernel, in its buffers and in its hands; the next
 * loop serves all of them.
 */
#include "serve.h"

#define THREADS 300
#define EACH    3u
#define STACK   65536

static struct served s;
static _Atomic int started;
static _Atomic int wrong;

static void *touches(void *arg)
{
	size_t first = (size_t)(uintptr_t)arg;

	atomic_fetch_add(&started, 1);
	for (size_t k = 0; k < EACH; k++) {
		size_t at = (first + k * THREADS) * s.m.page;

		if (((volatile uint8_t *)s.m.at)[at] != s.content[at])
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void burst(int closings, bool own_thread)
{
	static pthread_t threads[THREADS];
	pthread_attr_t attr;

	atomic_store(&started, 0);
	serve(&s, LIBUFFD_BACKING_ANON, THREADS * EACH, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = 4096});
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, STACK);
	for (size_t k = 0; k < THREADS; k++)
		if (pthread_create(&threads[k], &attr, touches, (void *)k))
			test_skip("not so many threads here");
	WAIT_UNTIL(atomic_load(&started) == THREADS);
	for (int i = 0; i < closings; i++) {
		s.loop = own_thread ? serve_start(s.ctx, NULL) : serve_open(s.ctx, NULL);
		if (own_thread)
			for (int k = 0; k < i; k++)
				sched_yield();
		else
			ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 0);
		ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	}
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < THREADS; k++)
		pthread_join(threads[k], NULL);
	pthread_attr_destroy(&attr);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	serve_settled(&s);
	ck_assert_uint_eq(stats_of(s.ctx).pages_copied, THREADS * EACH);
	serve_end(&s);
}

static void close_with_a_burst_in_flight(void)
{
	burst(1, false);
	burst(4, false);
	burst(10, true);
}

TEST_MAIN(close_with_a_burst_in_flight)
