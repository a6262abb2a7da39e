/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Events that no callback hears of are applied and forgotten: many threads that discard may keep the
 * queue from ever being empty, and what is kept until it is would grow without end.
 */
#include "serve.h"

#include "loop/loop.h"

#define PAGES   64u
#define THREADS 8
#define ROUNDS  500

static struct served s;

static void *discards(void *arg)
{
	for (int i = 0; i < ROUNDS; i++)
		madvise(arg, s.m.page, MADV_DONTNEED);
	return NULL;
}

static void unheard_events_are_not_kept(void)
{
	struct uffd_stats stats = {.size = sizeof(stats)};
	pthread_t threads[THREADS];
	uint32_t capacity;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMOVE, LIBUFFD_MISSING,
	      (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	capacity = s.loop->events.capacity;
	for (int i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, discards, served_page(&s, (size_t)i)), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	/* All have been read: who discards waits for that. */
	ck_assert_uint_eq(s.loop->events.count, 0);
	ck_assert_uint_eq(s.loop->events.capacity, capacity);
	ck_assert_int_eq(uffd_ctx_stats(s.ctx, &stats), 0);
	ck_assert_uint_ge(stats.events_remove, THREADS * ROUNDS - THREADS);
	serve_end(&s);
}

TEST_MAIN(unheard_events_are_not_kept)
