/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Regions are unmapped while other threads demand them: a demand ends, with the content or with the
 * word that it is gone; and the next region at the same place is another one.
 */
#include "serve.h"

#define PAGES  64u
#define ROUNDS 60

static struct served s;
static _Atomic(struct uffd_region *) region;
static _Atomic int inside;
static _Atomic bool stop;
static _Atomic int wrong;

static void *demands(void *arg)
{
	uint32_t seed = (uint32_t)(uintptr_t)arg + 1;

	while (!atomic_load(&stop)) {
		struct uffd_region *r;
		int ret = 0;

		seed = seed * 1664525u + 1013904223u;
		/* The region stays while somebody is inside. */
		atomic_fetch_add(&inside, 1);
		r = atomic_load(&region);
		if (r)
			ret = uffd_demand(r, (seed >> 12) % (PAGES - 2) * s.m.page, 2 * s.m.page,
					  NULL);
		atomic_fetch_sub(&inside, 1);
		if (ret < 0 && ret != -ENOENT)
			atomic_fetch_add(&wrong, 1);
		sched_yield();
	}
	return NULL;
}

static void unmaps_race_with_demands(void)
{
	pthread_t threads[2];

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_UNMAP, LIBUFFD_MISSING,
	      (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < 2; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, demands, (void *)k), 0);
	for (uint32_t round = 0; round < ROUNDS; round++) {
		size_t hole = round * 5 % (PAGES - 8);

		atomic_store(&region, s.region);
		ck_assert(served_right(&s, round % PAGES));
		/* A part, by another mapping in its place; then the rest. */
		ck_assert_ptr_eq(mmap(served_page(&s, hole), 8 * s.m.page, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
				 served_page(&s, hole));
		for (size_t k = 0; k < PAGES; k += 3)
			ck_assert(k >= hole && k < hole + 8 ? all_zero(served_page(&s, k), s.m.page)
							    : served_right(&s, k));
		ck_assert_ptr_eq(mmap(s.m.at, s.m.length, PROT_READ | PROT_WRITE,
				      MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0),
				 s.m.at);
		atomic_store(&region, NULL);
		WAIT_UNTIL(atomic_load(&inside) == 0);
		WAIT_UNTIL(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE) == 0);
		s.region = serve_region(&s, &s.m, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	}
	atomic_store(&stop, true);
	for (size_t k = 0; k < 2; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(served_right(&s, k));
	serve_end(&s);
}

TEST_MAIN(unmaps_race_with_demands)
