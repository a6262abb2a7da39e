/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Regions are added and removed by one thread while others fault on neighbours: nobody gets another
 * region's content, nobody hangs.
 */
#include "serve.h"

#define KEPT    4
#define PAGES   64u
#define THREADS 3
#define TIME_NS UINT64_C(400000000)
#define ROUNDS  24u /* or more, however slow */

static struct served s;
static struct test_memory kept[KEPT];
static struct uffd_region *regions[KEPT];
static _Atomic bool stop;
static _Atomic int wrong;

static void *touches(void *arg)
{
	uint32_t seed = (uint32_t)(uintptr_t)arg + 1;

	while (!atomic_load(&stop)) {
		size_t at;
		struct test_memory *m;

		seed = seed * 1664525u + 1013904223u;
		m = &kept[(seed >> 8) % KEPT];
		at = (seed >> 16) % PAGES * m->page;
		/* All have the content of the first. */
		if (((volatile uint8_t *)m->at)[at] != s.content[at])
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void regions_come_and_go_while_faults_come(void)
{
	uint64_t until = test_now() + TIME_NS;
	pthread_t threads[THREADS];
	struct test_memory other;
	unsigned int rounds = 0;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	for (size_t k = 0; k < KEPT; k++) {
		test_memory_make(&kept[k], LIBUFFD_BACKING_ANON, PAGES);
		regions[k] = serve_region(&s, &kept[k], LIBUFFD_MISSING,
					  (struct uffd_region_opts){.fault_around = 4096});
	}
	test_memory_make(&other, LIBUFFD_BACKING_ANON, PAGES);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, touches, (void *)k), 0);
	while (test_now() < until || rounds < ROUNDS) {
		struct uffd_region *region =
			serve_region(&s, &other, LIBUFFD_MISSING, (struct uffd_region_opts){0});
		size_t page = rounds++ % PAGES;

		ck_assert_int_eq(memcmp((uint8_t *)other.at + page * other.page,
					s.content + page * other.page, other.page),
				 0);
		WAIT_UNTIL(uffd_region_remove(region, LIBUFFD_CLOSE_DROP) == 0);
		madvise(other.at, other.length, MADV_DONTNEED);
		/* And one that is being faulted on ends well. */
		if (rounds % 8 == 0) {
			size_t k = rounds / 8 % KEPT;
			int ret;

			do
				ret = uffd_region_remove(regions[k], LIBUFFD_CLOSE_FINISH);
			while (ret == -EBUSY);
			ck_assert_int_eq(ret, 0);
			regions[k] = serve_region(&s, &kept[k], LIBUFFD_MISSING,
						  (struct uffd_region_opts){.fault_around = 4096});
		}
	}
	atomic_store(&stop, true);
	for (size_t k = 0; k < THREADS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	serve_end(&s);
	for (size_t k = 0; k < KEPT; k++)
		test_memory_free(&kept[k]);
	test_memory_free(&other);
}

TEST_MAIN(regions_come_and_go_while_faults_come)
