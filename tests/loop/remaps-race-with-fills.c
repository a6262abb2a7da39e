/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region moves about while other threads bring its pages: wherever it is, every page is right,
 * and nothing is filled twice or lost on the way.
 */
#include "serve.h"

#define PAGES   256u
#define THREADS 2
#define ROUNDS  80

static struct served s;
static _Atomic bool stop;
static _Atomic int wrong;

static void *fills(void *arg)
{
	uint32_t seed = (uint32_t)(uintptr_t)arg * 7919 + 3;

	while (!atomic_load(&stop)) {
		uint32_t page;
		int ret;

		seed = seed * 1664525u + 1013904223u;
		page = (seed >> 12) % (PAGES - 4);
		ret = arg ? uffd_demand(s.region, page * s.m.page, 4 * s.m.page, NULL)
			  : uffd_prefetch(s.region, page * s.m.page, 4 * s.m.page);
		if (ret < 0)
			atomic_store(&wrong, ret);
	}
	return NULL;
}

static void remaps_race_with_fills(void)
{
	pthread_t threads[THREADS];

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_UNMAP,
	      LIBUFFD_MISSING, (struct uffd_region_opts){.fault_around = 8192});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, fills, (void *)k), 0);
	for (uint32_t round = 1; round <= ROUNDS; round++) {
		/* The old place is anybody's as soon as it is left: never look back. */
		uint8_t *to = mmap(NULL, s.m.length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		ck_assert_ptr_eq(
			mremap(s.m.at, s.m.length, s.m.length, MREMAP_MAYMOVE | MREMAP_FIXED, to),
			to);
		s.m.at = to;
		for (uint32_t i = 0; i < 6; i++)
			ck_assert(served_right(&s, (round * 37 + i * 91) % PAGES));
	}
	atomic_store(&stop, true);
	for (size_t k = 0; k < THREADS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(served_right(&s, k));
	/* The last mremap may return before its event is counted. */
	WAIT_UNTIL(stats_of(s.ctx).events_remap == ROUNDS);
	serve_end(&s);
}

TEST_MAIN(remaps_race_with_fills)
