/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Threads that fault, demand, prefetch by themselves, and a prefetch in the background, all on the
 * same pages: every byte is right and was read once, from a source that answers later, or reads at
 * once.
 */
#include "later.h"

#define PAGES   2048u
#define THREADS 6u

static struct later l;
static struct served s;
static _Atomic int wrong;
static _Atomic uint64_t read_bytes;

static int64_t reads_at_once(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	content_write(buffer, offset, length);
	atomic_fetch_add(&read_bytes, length);
	return (int64_t)length;
}

static void *run(void *arg)
{
	uint32_t id = (uint32_t)(uintptr_t)arg, seed = id * 7919 + 1;

	for (int i = 0; i < 120; i++) {
		uint32_t page, n;
		int ret = 0;

		seed = seed * 1664525u + 1013904223u;
		page = (seed >> 12) % PAGES;
		n = 1 + (seed >> 8) % 48;
		n = n < PAGES - page ? n : PAGES - page;
		if (id % 3 == 1)
			ret = uffd_prefetch(s.region, page * s.m.page, n * s.m.page);
		if (id % 3 == 2)
			ret = uffd_demand(s.region, page * s.m.page, n * s.m.page, NULL);
		for (uint32_t k = page; k < page + n && ret == 0 && id % 3 != 1; k++)
			if (!served_right(&s, k))
				ret = -EIO;
		if (ret < 0)
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void raced(uint32_t backing, uint32_t modes, bool later)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .read = reads_at_once};
	struct uffd_region_opts opts = {.fault_around = 16384};
	struct uffd_prefetch *prefetch;
	pthread_t threads[THREADS];

	later_make(&l, PAGES * 4096, NULL);
	opts.source = l.source;
	atomic_store(&read_bytes, 0);
	if (!later)
		ck_assert_int_eq(uffd_source_open(&opts.source, PAGES * 4096, &ops, NULL), 0);
	serve(&s, backing, PAGES, 0, modes, opts);
	later_start(&l, false);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, run, (void *)k), 0);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, NULL), 0);
	for (size_t k = 0; k < THREADS; k++)
		pthread_join(threads[k], NULL);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	uffd_prefetch_close(prefetch);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	serve_settled(&s);
	later_stop(&l);
	ck_assert(later_none_twice(&l));
	ck_assert_uint_eq(later ? l.brought : atomic_load(&read_bytes), PAGES * 4096);
	ck_assert_uint_eq(stats_of(s.ctx).read_bytes, PAGES * 4096);
	if (!later)
		uffd_source_close(opts.source);
	serve_end(&s);
	later_free(&l);
}

static void no_byte_is_read_twice(void)
{
	raced(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, true);
	raced(LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, false);
	raced(LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR, true);
}

TEST_MAIN(no_byte_is_read_twice)
