/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Threads touch pages at random while a set of these pages is replayed, plain and packed, and while
 * another thread throws some of them away: every byte is right, and no page is brought twice.
 */
#include "wsets.h"

#define PAGES   2048u
#define THREADS 4u

static struct counted c, recorded_from;
static struct place place;
static struct served s;
static _Atomic int wrong;
static _Atomic bool thrown[PAGES];

static void *run(void *arg)
{
	uint32_t seed = (uint32_t)(uintptr_t)arg * 7919 + 1;

	for (int i = 0; i < 600; i++) {
		size_t page;

		seed = seed * 1664525u + 1013904223u;
		page = (seed >> 12) % PAGES;
		/* Nobody but the thrower touches those. */
		if (page % 64 == 5 || served_right(&s, page))
			continue;
		atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void *throw_away(void *arg)
{
	(void)arg;
	for (size_t k = 5; k < PAGES; k += 64) {
		if (uffd_discard(s.region, k * s.m.page, s.m.page) < 0 ||
		    madvise(served_page(&s, k), s.m.page, MADV_DONTNEED) < 0)
			atomic_fetch_add(&wrong, 1);
		if (!all_zero(served_page(&s, k), s.m.page))
			atomic_fetch_add(&wrong, 1);
		atomic_store(&thrown[k], true);
	}
	return NULL;
}

static void raced(uint32_t backing, uint32_t modes)
{
	pthread_t threads[THREADS + 1];
	struct uffd_workingset *set;
	struct uffd_source *source;
	struct uffd_prefetch *f;

	memset(&s, 0, sizeof(s));
	memset(&c, 0, sizeof(c));
	test_memory_make(&s.m, backing, PAGES);
	s.content = content_make(s.m.length);
	c.content = s.content;
	s.ctx = serve_ctx_flags(0, LIBUFFD_CTX_DISCARDS);
	source = counted_open(&c, s.m.length);
	s.region = serve_region(&s, &s.m, modes,
				(struct uffd_region_opts){.source = source, .fault_around = 16384});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	set = load(place.path, s.region);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, run, (void *)k), 0);
	ck_assert_int_eq(pthread_create(&threads[THREADS], NULL,
					backing == LIBUFFD_BACKING_ANON ? throw_away : run, NULL),
			 0);
	f = replay_start(s.region, set);
	for (size_t k = 0; k <= THREADS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(prefetch_result(f), 0);
	uffd_prefetch_close(f);
	uffd_workingset_close(set);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	serve_settled(&s);
	for (size_t k = 0; k < PAGES; k++) {
		bool zero = backing == LIBUFFD_BACKING_ANON && k % 64 == 5;

		ck_assert_msg(zero ? all_zero(served_page(&s, k), s.m.page) : served_right(&s, k),
			      "page %zu", k);
		ck_assert_uint_le(atomic_load(&c.reads[k]), 1);
	}
	serve_end(&s);
}

static void replay_while_threads_fault(void)
{
	struct uffd_workingset *set;

	place_make(&place);
	serve_from(&s, counted_open(&recorded_from, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON,
		   PAGES, 0, LIBUFFD_MISSING);
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), 0);
	for (size_t k = 0; k < PAGES; k += 512)
		ck_assert_int_eq(
			uffd_demand(s.region, (PAGES - 512 - k) * s.m.page, 500 * s.m.page, NULL),
			0);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	serve_end(&s);
	for (uint32_t flags = 0; flags <= LIBUFFD_WORKINGSET_PACK; flags++) {
		ck_assert_int_eq(uffd_workingset_save(set, place.path, flags), 0);
		raced(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING);
		raced(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR);
	}
	uffd_workingset_close(set);
	place_end(&place);
}

TEST_MAIN(replay_while_threads_fault)
