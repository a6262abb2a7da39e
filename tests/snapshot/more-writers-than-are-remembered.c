/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * So many threads wait to write, each to a page of its own, that a snapshot does not remember them
 * all: they all go on, whether it goes on or is cancelled.
 */
#include "out.h"

#define THREADS 4200u
#define PAGES   (THREADS + 300)

static struct served s;
static _Atomic unsigned int begun, done;

static void *write_one(void *arg)
{
	size_t page = PAGES - 1 - (size_t)(uintptr_t)arg;

	atomic_fetch_add(&begun, 1);
	*(volatile uint8_t *)served_page(&s, page) = 0xee;
	atomic_fetch_add(&done, 1);
	return NULL;
}

static bool start(pthread_t *threads)
{
	pthread_attr_t attr;
	bool all = true;
	size_t i = 0;

	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 65536);
	for (; all && i < THREADS; i++)
		all = pthread_create(&threads[i], &attr, write_one, (void *)i) == 0;
	pthread_attr_destroy(&attr);
	WAIT_UNTIL(atomic_load(&begun) == i - !all);
	return all;
}

static void of(bool cancelled)
{
	static pthread_t threads[THREADS];
	struct uffd_snapshot *snapshot;
	struct out o;

	snap_serve_anon(&s, PAGES);
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(&s, n, (uint8_t)(n % 250 + 1));
	atomic_store(&begun, 0);
	atomic_store(&done, 0);
	out_make(&o, s.m.length, true);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	if (!start(threads))
		test_skip("no %u threads here", THREADS);
	WAIT_UNTIL(stats_of(s.ctx).faults_wp >= THREADS - 300);
	snap_idle();
	ck_assert_uint_lt(atomic_load(&done), THREADS);
	if (cancelled)
		ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
	else
		out_shut(&o, false);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	out_shut(&o, false);
	ck_assert_int_eq(snap_end(snapshot), cancelled ? -ECANCELED : 0);
	if (!cancelled)
		out_is(&o, &s, "many");
	out_free(&o);
	serve_end(&s);
}

static void more_writers_than_are_remembered(void)
{
	of(false);
	of(true);
}

TEST_MAIN(more_writers_than_are_remembered)
