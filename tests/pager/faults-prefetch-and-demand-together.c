/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Faults, prefetches and demands of several threads on one region: every byte is right, every page
 * is filled once.
 */
#include "serve.h"

#define PAGES   2048u
#define THREADS 6u

static struct served s;
static _Atomic int wrong;

static void *run(void *arg)
{
	uint32_t id = (uint32_t)(uintptr_t)arg, seed = id * 7919 + 1;

	for (int i = 0; i < 150; i++) {
		uint32_t page, n;
		int ret = 0;

		seed = seed * 1664525u + 1013904223u;
		page = (seed >> 12) % PAGES;
		n = 1 + (seed >> 8) % 32;
		n = n < PAGES - page ? n : PAGES - page;
		switch (id % 3) {
		case 0:
			for (uint32_t k = page; k < page + n; k++)
				if (!served_right(&s, k))
					ret = -EIO;
			break;
		case 1:
			ret = uffd_prefetch(s.region, page * s.m.page, n * s.m.page);
			break;
		case 2:
			ret = uffd_demand(s.region, page * s.m.page, n * s.m.page, NULL);
			for (uint32_t k = page; k < page + n && ret == 0; k++)
				if (!served_right(&s, k))
					ret = -EIO;
		}
		if (ret < 0)
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void raced(uint32_t backing, uint32_t modes)
{
	int fd = memfd_create("content", MFD_CLOEXEC);
	struct uffd_source *source;
	pthread_t threads[THREADS];

	ck_assert_int_eq(ftruncate(fd, PAGES * 4096), 0);
	ck_assert_int_eq(uffd_source_open_fd(&source, fd, NULL), 0);
	serve(&s, backing, PAGES, 0, modes,
	      (struct uffd_region_opts){.source = source, .fault_around = 16384});
	uffd_source_close(source);
	/* A hole in the middle. */
	memset(s.content + s.m.length / 2, 0, s.m.length / 8);
	ck_assert_int_eq(pwrite(fd, s.content, s.m.length / 2, 0), (ssize_t)(s.m.length / 2));
	ck_assert_int_eq(pwrite(fd, s.content + s.m.length / 8 * 5, s.m.length / 8 * 3,
				(off_t)(s.m.length / 8 * 5)),
			 (ssize_t)(s.m.length / 8 * 3));
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, run, (void *)k), 0);
	for (size_t k = 0; k < THREADS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	ck_assert_uint_eq(stats_of(s.ctx).pages_copied + stats_of(s.ctx).pages_zeroed, PAGES);
	serve_end(&s);
	close(fd);
}

static void faults_prefetch_and_demand_together(void)
{
	raced(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING);
	raced(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR);
}

TEST_MAIN(faults_prefetch_and_demand_together)
