/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Recordings begin, are looked at, end and go while threads fault, demand and prefetch: every entry
 * that is seen is whole, no two have a page twice, and every byte is right.
 */
#include "wsets.h"

#define PAGES   4096u
#define THREADS 4u

static struct counted c;
static struct served s;
static _Atomic int wrong;
static _Atomic unsigned int running;
static _Atomic size_t next_page;

/* Each page is asked for by one of them. */
static void *run(void *arg)
{
	uintptr_t id = (uintptr_t)arg;
	size_t k;

	while ((k = atomic_fetch_add(&next_page, 4)) < PAGES) {
		if (id % 4 == 1 && uffd_demand(s.region, k * 4096, 4 * 4096, NULL) < 0)
			atomic_fetch_add(&wrong, 1);
		if (id % 4 == 2 && uffd_prefetch(s.region, k * 4096, 4 * 4096) < 0)
			atomic_fetch_add(&wrong, 1);
		for (size_t i = k; i < k + 4; i++)
			if (!served_right(&s, i))
				atomic_fetch_add(&wrong, 1);
	}
	atomic_fetch_sub(&running, 1);
	return NULL;
}

static void look(struct uffd_workingset *set, bool trace)
{
	static struct uffd_workingset_entry e[PAGES * 2];
	struct uffd_workingset_info info = info_of(set);
	static uint8_t seen[PAGES];
	int64_t n = uffd_workingset_entries(set, 0, e, PAGES * 2);

	memset(seen, 0, sizeof(seen));
	ck_assert_int_ge(n, 0);
	ck_assert_uint_eq(info.lost, 0);
	for (int64_t i = 0; i < n; i++) {
		ck_assert_uint_ge(e[i].kind, LIBUFFD_FAULT_MISSING);
		ck_assert_uint_le(e[i].kind, trace ? LIBUFFD_PREFETCH : LIBUFFD_DEMAND);
		ck_assert_uint_gt(e[i].length, 0);
		ck_assert_uint_le(e[i].offset + e[i].length, s.m.length);
		ck_assert_uint_lt(e[i].fault_offset - e[i].offset, e[i].length);
		for (uint64_t k = e[i].offset / 4096; k < (e[i].offset + e[i].length) / 4096; k++)
			ck_assert_uint_eq(seen[k]++, 0);
	}
}

static void recordings_come_and_go_while_threads_fault(void)
{
	pthread_t threads[THREADS];
	uint32_t flags = 0;

	c.content = content_make(PAGES * 4096);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	atomic_store(&running, THREADS);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, run, (void *)i), 0);
	while (atomic_load(&running)) {
		struct uffd_workingset *set =
			record(&s, flags % (LIBUFFD_WORKINGSET_AROUND | LIBUFFD_WORKINGSET_TRACE));
		bool trace = flags % 3 & LIBUFFD_WORKINGSET_TRACE;

		for (int i = 0; i < 5; i++)
			look(set, trace);
		if (flags % 2)
			ck_assert_int_eq(uffd_workingset_stop(set), 0);
		look(set, trace);
		uffd_workingset_close(set);
		flags++;
	}
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	serve_end(&s);
	munmap((void *)(uintptr_t)c.content, PAGES * 4096);
}

TEST_MAIN(recordings_come_and_go_while_threads_fault)
