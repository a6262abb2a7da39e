/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Several threads collect from one tracking while others write and mark: each report goes to one of
 * them, and what they read after their reports is, in the end, all there is.
 */
#include "lost.h"

#define PAGES 512u

static struct tracked t;
static struct lost_writers w;
static _Atomic uint64_t newest[PAGES]; /* what somebody read of it after its report */
static _Atomic uint64_t marks;
static _Atomic int wrong;

static void read_it(size_t page)
{
	uint64_t now = lost_look(&t, page), seen = atomic_load(&newest[page]);

	while (now > seen && !atomic_compare_exchange_weak(&newest[page], &seen, now))
		;
}

static void pass(uint64_t *seed)
{
	struct uffd_range ranges[16];
	uint64_t offset = 0;

	while (offset < t.s.m.length) {
		int64_t n =
			uffd_dirty_collect(t.dirty, &offset, ranges, 1 + random_below(seed, 16));

		if (n < 0) {
			atomic_store(&wrong, (int)n);
			return;
		}
		for (int64_t i = 0; i < n; i++)
			for (uint64_t at = 0; at < ranges[i].length; at += t.s.m.page)
				read_it((ranges[i].offset + at) / t.s.m.page);
	}
}

static void *collects(void *arg)
{
	uint64_t seed = (uint64_t)(uintptr_t)arg;

	while (!atomic_load(&w.over)) {
		pass(&seed);
		if (uffd_dirty_mark(t.dirty, random_below(&seed, w.pages) * t.s.m.page, t.s.m.page))
			atomic_store(&wrong, 1);
		atomic_fetch_add(&marks, 1);
	}
	return NULL;
}

static void collected(uint32_t method, const struct track_kind *kind, uint64_t until)
{
	uint64_t seed = 5;
	pthread_t threads[2];

	track_serve(&t, method, kind, track_is_huge(kind) ? 6 : PAGES, 0, 0,
		    (struct uffd_region_opts){0});
	/* Counters that only grow. */
	memset(t.s.content, 0, t.s.m.length);
	track_start(&t);
	memset((void *)newest, 0, sizeof(newest));
	lost_writers_start(&w, &t, 2);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, collects, (void *)(i + 1)), 0);
	while (test_now() < until || !atomic_load(&marks))
		pass(&seed);
	lost_writers_stop(&w);
	for (size_t i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	pass(&seed);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	for (size_t k = 0; k < w.pages; k++)
		ck_assert_msg(atomic_load(&newest[k]) == lost_look(&t, k),
			      "%s: page %zu: %llu is there, %llu was read", t.name, k,
			      (unsigned long long)lost_look(&t, k),
			      (unsigned long long)atomic_load(&newest[k]));
	track_end(&t);
}

static void several_collectors(void)
{
	uint64_t each = (track_until() - test_now()) / (2 * TRACK_KINDS);

	for (size_t k = 0; k < TRACK_KINDS; k++) {
		if (!track_has_memory(&track_kinds[k], 6))
			continue;
		collected(LIBUFFD_DIRTY_ASYNC, &track_kinds[k], test_now() + each);
		collected(LIBUFFD_DIRTY_SYNC, &track_kinds[k], test_now() + each);
	}
}

TEST_MAIN(several_collectors)
