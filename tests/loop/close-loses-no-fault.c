/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A loop that is closed while faults come, read or not, leaves them to the next loop: every thread
 * gets its page. And closing leaves no request behind that would keep the registration.
 */
#include "serve.h"

#define THREADS 6
#define ROUNDS  200

static struct served s;
static _Atomic uint32_t round_now;
static _Atomic uint32_t finished;
static _Atomic int wrong;

static void *touches(void *arg)
{
	size_t mine = (size_t)(uintptr_t)arg;

	for (uint32_t round = 1; round <= ROUNDS; round++) {
		while (atomic_load(&round_now) < round)
			sched_yield();
		if (*(volatile uint8_t *)served_page(&s, mine) != s.content[mine * s.m.page])
			atomic_fetch_add(&wrong, 1);
		atomic_fetch_add(&finished, 1);
	}
	return NULL;
}

static void close_loses_no_fault(void)
{
	struct uffd_region_opts opts = {.fault_around = 4096};
	pthread_t threads[THREADS];

	serve(&s, LIBUFFD_BACKING_ANON, THREADS, 0, LIBUFFD_MISSING, opts);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, touches, (void *)k), 0);
	for (uint32_t round = 1; round <= ROUNDS; round++) {
		s.loop = serve_start(s.ctx, NULL);
		atomic_store(&round_now, round);
		/* Later from round to round: none, some or all of the faults have been read. */
		for (uint32_t i = 0; i < round % 40; i++)
			sched_yield();
		ck_assert_int_eq(uffd_loop_close(s.loop), 0);
		s.loop = serve_start(s.ctx, NULL);
		WAIT_UNTIL(atomic_load(&finished) == round * THREADS);
		ck_assert_int_eq(uffd_loop_close(s.loop), 0);
		/* The next round begins with a new region at the same place. */
		ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
		madvise(s.m.at, s.m.length, MADV_DONTNEED);
		s.region = serve_region(&s, &s.m, LIBUFFD_MISSING, opts);
	}
	s.loop = NULL;
	for (size_t k = 0; k < THREADS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	serve_end(&s);
}

TEST_MAIN(close_loses_no_fault)
