/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Threads fault, demand and prefetch over layers that answer from another thread in another order,
 * some of them busy now and then: every byte is right, and every page was brought.
 */
#include "leaves.h"

#define PAGES   512u
#define LENGTH  (PAGES * UINT64_C(4096))
#define THREADS 4u

static struct leaves ls;
static struct served s;
static uint8_t *expected;
static _Atomic int wrong;

static void *run(void *arg)
{
	uint32_t id = (uint32_t)(uintptr_t)arg, seed = id * 7919 + 3;

	for (int i = 0; i < 80; i++) {
		uint32_t page, n;
		int ret = 0;

		seed = seed * 1664525u + 1013904223u;
		page = (seed >> 12) % PAGES;
		n = 1 + (seed >> 8) % 16;
		n = n < PAGES - page ? n : PAGES - page;
		if (id == 1)
			ret = uffd_demand(s.region, page * 4096, n * 4096, NULL);
		if (id == 2)
			ret = uffd_prefetch(s.region, page * 4096, n * 4096);
		if (ret < 0 || memcmp(served_page(&s, page), expected + page * 4096, n * 4096))
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void faults_on_asynchronous_layers(void)
{
	pthread_t threads[THREADS];
	struct uffd_source *source;
	struct uffd_prefetch *f;

	leaves_add(&ls, LEAF_ANSWERS, LENGTH, 10000, 6);
	atomic_store(&leaves_add(&ls, LEAF_ANSWERS, LENGTH - 5000, 2048, 3)->busy, 20);
	leaves_add(&ls, LEAF_READS, LENGTH / 2, 6000, 2);
	atomic_store(&leaves_add(&ls, LEAF_AT_ONCE, LENGTH, 1500, 1)->busy, 20);
	expected = leaves_content(&ls, LENGTH);
	leaves_start(&ls);
	source = leaves_open(&ls);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, run, (void *)k), 0);
	ck_assert_int_eq(uffd_prefetch_start(&f, s.region, NULL), 0);
	for (size_t k = 0; k < THREADS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(uffd_prefetch_wait(f, NULL), 0);
	uffd_prefetch_close(f);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	serve_settled(&s);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_uint_eq(LIBUFFD_PAGE_STATE(page_state(&s, k)), LIBUFFD_PAGE_CACHED);
	ck_assert_int_eq(memcmp(s.m.at, expected, LENGTH), 0);
	serve_end(&s);
	leaves_end(&ls);
	free(expected);
}

TEST_MAIN(faults_on_asynchronous_layers)
