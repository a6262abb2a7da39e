/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Threads that demand pages and threads that fault on them meet: each page is filled once, and a
 * demand returns only when all it asked for is there.
 */
#include "serve.h"

#define PAGES   1024u
#define DEMANDS 3
#define FAULTS  3

static struct served s;
static _Atomic int wrong;

static void *demands(void *arg)
{
	size_t first = (size_t)(uintptr_t)arg * 131;

	for (size_t i = 0; i < PAGES; i += 8) {
		size_t page = (first + i) % (PAGES - 8);

		if (uffd_demand(s.region, page * s.m.page, 8 * s.m.page, NULL) != 0)
			atomic_fetch_add(&wrong, 1);
		for (size_t k = page; k < page + 8; k++)
			if (LIBUFFD_PAGE_STATE(uffd_region_page(s.region, k * s.m.page)) ==
			    LIBUFFD_PAGE_EMPTY)
				atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void *faults(void *arg)
{
	size_t step = 2 * (size_t)(uintptr_t)arg + 3;

	for (size_t i = 0; i < PAGES; i++) {
		size_t at = i * step % PAGES * s.m.page;

		if (((volatile uint8_t *)s.m.at)[at] != s.content[at])
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void raced(uint32_t backing, uint32_t modes)
{
	pthread_t threads[DEMANDS + FAULTS];

	serve(&s, backing, PAGES, 0, modes, (struct uffd_region_opts){.fault_around = 8192});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < DEMANDS + FAULTS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, k < DEMANDS ? demands : faults,
						(void *)k),
				 0);
	for (size_t k = 0; k < DEMANDS + FAULTS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	serve_settled(&s);
	ck_assert_uint_eq(stats_of(s.ctx).pages_copied, PAGES);
	serve_end(&s);
}

static void demand_and_faults_on_the_same_pages(void)
{
	raced(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING);
	raced(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR);
}

TEST_MAIN(demand_and_faults_on_the_same_pages)
