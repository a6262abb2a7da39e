/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A loop is closed by a thread that never dispatched it, while the one that did is still there, or
 * gone: faults in flight are the next loop's.
 */
#include "serve.h"

#define THREADS 4
#define ROUNDS  12

static struct served s;
static _Atomic int dispatched;
static _Atomic bool leave;

static void *dispatches(void *arg)
{
	int ret = 0;

	for (int i = 0; i < 3 && ret >= 0; i++)
		ret = uffd_loop_dispatch(s.loop, 0);
	atomic_store(&dispatched, ret < 0 ? ret : 1);
	while (arg && !atomic_load(&leave))
		sched_yield();
	return NULL;
}

static void closed(bool alive, uint64_t features)
{
	struct toucher t[THREADS];
	pthread_t thread;

	atomic_store(&dispatched, 0);
	atomic_store(&leave, false);
	serve(&s, LIBUFFD_BACKING_ANON, THREADS, features, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = 4096});
	s.loop = serve_open(s.ctx, NULL);
	ck_assert_int_eq(pthread_create(&thread, NULL, dispatches, alive ? &s : NULL), 0);
	WAIT_UNTIL(atomic_load(&dispatched) != 0);
	ck_assert_int_eq(atomic_load(&dispatched), 1);
	if (!alive)
		pthread_join(thread, NULL);
	for (size_t k = 0; k < THREADS; k++)
		touch_start(&t[k], served_page(&s, k), false, 0);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert(touch_asleep(&t[k]));
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_uint_eq(t[k].value, s.content[k * s.m.page]);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = NULL;
	atomic_store(&leave, true);
	if (alive)
		pthread_join(thread, NULL);
	serve_end(&s);
}

static void close_by_another_thread(void)
{
	for (int round = 0; round < ROUNDS; round++)
		closed(round & 1, round & 2 ? UFFD_FEATURE_EVENT_REMOVE : 0);
}

TEST_MAIN(close_by_another_thread)
