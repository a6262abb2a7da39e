/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Bursts of discards against faults in other threads. Every page read is the source's content if
 * the page was not thrown away since, otherwise zeros or what was written afterwards; never the
 * source's again.
 */
#include "serve.h"

#define PAGES   128u
#define READERS 3
#define TIME_NS UINT64_C(300000000)

static struct served s;
/* How often each page has been thrown away, counted before the call. */
static _Atomic uint32_t thrown[PAGES];
/* ... and counted after it. */
static _Atomic uint32_t gone[PAGES];
static _Atomic bool stop;
static _Atomic int wrong;

static void *reads(void *arg)
{
	uint32_t seed = (uint32_t)(uintptr_t)arg * 2654435761u + 1;

	while (!atomic_load(&stop)) {
		uint32_t page, before, after;
		uint8_t value;

		seed = seed * 1664525u + 1013904223u;
		page = (seed >> 16) % PAGES;
		before = atomic_load(&gone[page]);
		value = *(volatile uint8_t *)served_page(&s, page);
		after = atomic_load(&thrown[page]);
		/* Content, if no discard was over before; zero, if one was begun. */
		if (value == s.content[page * s.m.page] ? before > 0 : value != 0 || after == 0)
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void *throws(void *arg)
{
	uint32_t seed = 12345;
	int advice = (int)(intptr_t)arg;

	while (!atomic_load(&stop)) {
		uint32_t page, n;

		seed = seed * 1664525u + 1013904223u;
		page = (seed >> 16) % PAGES;
		n = 1 + (seed >> 8) % 8;
		n = n < PAGES - page ? n : PAGES - page;
		for (uint32_t k = page; k < page + n; k++)
			atomic_fetch_add(&thrown[k], 1);
		if (madvise(served_page(&s, page), n * s.m.page, advice) < 0)
			atomic_fetch_add(&wrong, 1);
		for (uint32_t k = page; k < page + n; k++)
			atomic_fetch_add(&gone[k], 1);
	}
	return NULL;
}

static void raced(uint32_t backing, uint32_t modes, int advice)
{
	uint64_t until = test_now() + TIME_NS;
	pthread_t threads[READERS + 1];

	atomic_store(&stop, false);
	for (size_t k = 0; k < PAGES; k++) {
		atomic_store(&thrown[k], 0);
		atomic_store(&gone[k], 0);
	}
	serve(&s, backing, PAGES, UFFD_FEATURE_EVENT_REMOVE, modes, (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < READERS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, reads, (void *)(k + 1)), 0);
	ck_assert_int_eq(pthread_create(&threads[READERS], NULL, throws, (void *)(intptr_t)advice),
			 0);
	while (test_now() < until)
		ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	atomic_store(&stop, true);
	for (size_t k = 0; k <= READERS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(atomic_load(&gone[k]) ? all_zero(served_page(&s, k), s.m.page)
						: served_right(&s, k));
	serve_end(&s);
}

static void discards_race_with_faults(void)
{
	raced(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, MADV_DONTNEED);
	raced(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING, MADV_REMOVE);
	raced(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR, MADV_REMOVE);
}

TEST_MAIN(discards_race_with_faults)
