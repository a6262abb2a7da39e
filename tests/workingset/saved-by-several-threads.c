/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Several threads save the same set and another to the same path, while others load it: each sees a
 * whole file, one of the two, and nothing is left beside it.
 */
#include "wsets.h"

#define PAGES   64u
#define THREADS 4u
#define TURNS   12

static struct counted c;
static struct place place;
static struct uffd_workingset *sets[2];
static _Atomic int wrong;

static void *save(void *arg)
{
	uintptr_t id = (uintptr_t)arg;

	for (uint32_t i = 0; i < TURNS; i++)
		if (uffd_workingset_save(sets[id % 2], place.path, i % 2) != 0)
			atomic_fetch_add(&wrong, 1);
	return NULL;
}

static void *load_it(void *arg)
{
	(void)arg;
	for (int i = 0; i < 2 * TURNS; i++) {
		struct uffd_workingset_info info = {.size = sizeof(info)};
		struct uffd_workingset *set;

		if (uffd_workingset_load(&set, place.path, NULL) != 0) {
			atomic_fetch_add(&wrong, 1);
			continue;
		}
		if (uffd_workingset_info(set, &info) != 0 ||
		    (info.entries != 3 && info.entries != 5) || info.pages != info.entries ||
		    (info.packed_bytes && info.packed_bytes != info.pages * 4096))
			atomic_fetch_add(&wrong, 1);
		uffd_workingset_close(set);
	}
	return NULL;
}

static void saved_by_several_threads(void)
{
	pthread_t threads[2 * THREADS];
	struct served s;

	place_make(&place);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	sets[0] = record_touches(&s, (size_t[]){5, 30, 2}, 3);
	sets[1] = record_touches(&s, (size_t[]){60, 40, 20, 10, 0}, 5);
	ck_assert_int_eq(uffd_workingset_save(sets[0], place.path, 0), 0);
	for (size_t i = 0; i < 2 * THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, i < THREADS ? save : load_it, (void *)i),
			0);
	for (size_t i = 0; i < 2 * THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	uffd_workingset_close(sets[0]);
	uffd_workingset_close(sets[1]);
	serve_end(&s);
	place_end(&place);
}

TEST_MAIN(saved_by_several_threads)
