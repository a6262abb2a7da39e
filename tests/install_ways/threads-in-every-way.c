/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Threads fault, demand, prefetch and throw away pages of their own while the whole is prefetched,
 * in every way to install: every byte is right.
 */
#include "ways.h"

#define PAGES   1536u
#define THREADS 4u

static struct served s;
static const struct way *way;
static _Atomic int wrong;

/* Every 16th page is thrown away, by one of the threads. */
static bool is_thrown(size_t page)
{
	return page % 16 == 9;
}

static void *touch(void *arg)
{
	uint32_t id = (uint32_t)(uintptr_t)arg, seed = id * 7919 + 11;

	for (int i = 0; i < 120; i++) {
		size_t page, n;
		int ret = 0;

		seed = seed * 1664525u + 1013904223u;
		page = (seed >> 12) % PAGES;
		n = 1 + (seed >> 8) % 24;
		n = n < PAGES - page ? n : PAGES - page;
		if (id == 1)
			ret = uffd_demand(s.region, page * s.m.page, n * s.m.page, NULL);
		if (id == 2)
			ret = uffd_prefetch(s.region, page * s.m.page, n * s.m.page);
		for (size_t k = page; k < page + n; k++)
			if (!is_thrown(k) && !served_right(&s, k))
				ret = -EIO;
		if (ret < 0)
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void *throw_away(void *arg)
{
	bool shared = way->backing == LIBUFFD_BACKING_SHMEM;

	(void)arg;
	for (size_t k = 9; k < PAGES; k += 16) {
		if (uffd_discard(s.region, k * s.m.page, s.m.page) < 0 ||
		    madvise(served_page(&s, k), s.m.page, shared ? MADV_REMOVE : MADV_DONTNEED) <
			    0 ||
		    !all_zero(served_page(&s, k), s.m.page))
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void together(void)
{
	pthread_t threads[THREADS];
	struct uffd_source *source;
	struct uffd_prefetch *f;

	memset(&s, 0, sizeof(s));
	if (way->backing == LIBUFFD_BACKING_ANON)
		way_aligned(&s.m, PAGES * 4096, 0, -1, 0);
	else
		test_memory_make(&s.m, way->backing, PAGES);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx_flags(0, LIBUFFD_CTX_DISCARDS);
	source = file_source(s.content, s.m.length);
	s.region = serve_region(&s, &s.m, way->modes,
				way_opts(way, (struct uffd_region_opts){.source = source}));
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_prefetch_start(&f, s.region, NULL), 0);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(
			pthread_create(&threads[i], NULL, i ? touch : throw_away, (void *)i), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	ck_assert_int_eq(uffd_prefetch_wait(f, NULL), 0);
	uffd_prefetch_close(f);
	ck_assert_msg(atomic_load(&wrong) == 0, "%s: %d times", way->name, atomic_load(&wrong));
	for (size_t k = 9; k < PAGES; k += 16)
		memset(s.content + k * s.m.page, 0, s.m.page);
	way_right(&s, s.content, way->name);
	serve_end(&s);
}

static void threads_in_every_way(void)
{
	for (size_t i = 0; i < WAYS; i++) {
		way = &ways[i];
		if (!way_is_huge(way))
			together();
	}
}

TEST_MAIN(threads_in_every_way)
