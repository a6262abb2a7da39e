/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A file past the page cache and through it: threads fault, demand and throw pages away, prefetches
 * begin and are cancelled, and loops come and go, all at once. Every byte is the file's, or zeros
 * where it was thrown away, and everything ends.
 */
#include "serve.h"

#define PAGES   2048u
#define THREADS 4u

static struct served s;
static _Atomic int wrong;
static _Atomic bool over;

/* The last eighth is thrown away now and then. */
#define KEPT (PAGES / 8 * 7)

static bool right(size_t page)
{
	return served_right(&s, page) || (page >= KEPT && all_zero(served_page(&s, page), 4096));
}

static void *run(void *arg)
{
	uint32_t id = (uint32_t)(uintptr_t)arg, seed = id * 7919 + 1;

	for (int i = 0; i < 100; i++) {
		uint32_t page, n;
		int ret = 0;

		seed = seed * 1664525u + 1013904223u;
		page = (seed >> 12) % PAGES;
		n = 1 + (seed >> 8) % 16;
		n = n < PAGES - page ? n : PAGES - page;
		if (id % 2)
			ret = uffd_demand(s.region, page * 4096, n * 4096, NULL);
		for (uint32_t k = page; k < page + n && ret == 0; k++)
			if (!right(k))
				ret = -EIO;
		if (ret < 0)
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void *throws_away(void *arg)
{
	uint32_t seed = 5;

	while (!atomic_load(&over)) {
		size_t page;

		seed = seed * 1664525u + 1013904223u;
		page = KEPT + (seed >> 12) % (PAGES - KEPT - 4);
		if (madvise(served_page(&s, page), 4 * 4096,
			    s.m.fd >= 0 ? MADV_REMOVE : MADV_DONTNEED) ||
		    !all_zero(served_page(&s, page), 4 * 4096))
			atomic_fetch_add(&wrong, 1);
		sched_yield();
	}
	return arg;
}

static void *prefetches(void *arg)
{
	for (uint32_t i = 0; !atomic_load(&over); i++) {
		struct uffd_prefetch *prefetch;

		if (uffd_prefetch_start(&prefetch, s.region, NULL)) {
			atomic_fetch_add(&wrong, 1);
			break;
		}
		if (i % 4 == 0 && uffd_prefetch_wait(prefetch, NULL))
			atomic_fetch_add(&wrong, 1);
		if (i % 4 == 1)
			uffd_prefetch_cancel(prefetch);
		uffd_prefetch_close(prefetch);
		sched_yield();
	}
	return arg;
}

static void at_once(int fd, uint32_t flags, uint32_t backing, uint32_t modes, uint64_t features,
		    struct uffd_region_opts opts)
{
	struct uffd_source_file_opts file = {.size = sizeof(file), .flags = flags};
	pthread_t threads[THREADS], prefetcher, thrower;
	int ret = uffd_source_open_fd(&opts.source, fd, &file);

	if (ret == -EINVAL && flags)
		return; /* no O_DIRECT there */
	ck_assert_int_eq(ret, 0);
	atomic_store(&over, false);
	opts.fault_around = 16384;
	serve(&s, backing, PAGES, features, modes, opts);
	uffd_source_close(opts.source);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < THREADS; k++)
		ck_assert_int_eq(pthread_create(&threads[k], NULL, run, (void *)k), 0);
	ck_assert_int_eq(pthread_create(&prefetcher, NULL, prefetches, NULL), 0);
	if (features)
		ck_assert_int_eq(pthread_create(&thrower, NULL, throws_away, NULL), 0);
	for (int i = 0; i < 20; i++) {
		ck_assert_int_eq(uffd_loop_close(s.loop), 0);
		s.loop = serve_start(s.ctx, NULL);
		sched_yield();
	}
	for (size_t k = 0; k < THREADS; k++)
		pthread_join(threads[k], NULL);
	atomic_store(&over, true);
	pthread_join(prefetcher, NULL);
	if (features)
		pthread_join(thrower, NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(right(k), "page %zu", k);
	serve_end(&s);
}

static void everything_at_once_from_a_file(void)
{
	char path[] = "/var/tmp/uffd-test-XXXXXX";
	int fd = mkostemp(path, O_CLOEXEC);
	uint8_t *content = content_make(PAGES * 4096);
	const uint32_t both = LIBUFFD_MISSING | LIBUFFD_MINOR;

	ck_assert_int_ge(fd, 0);
	unlink(path);
	ck_assert_int_eq(write(fd, content, PAGES * 4096), PAGES * 4096);
	ck_assert_int_eq(fsync(fd), 0);
	munmap(content, PAGES * 4096);
	for (uint32_t flags = 0; flags <= LIBUFFD_SOURCE_DIRECT; flags += LIBUFFD_SOURCE_DIRECT) {
		at_once(fd, flags, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, 0,
			(struct uffd_region_opts){0});
		at_once(fd, flags, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING, UFFD_FEATURE_EVENT_REMOVE,
			(struct uffd_region_opts){0});
		at_once(fd, flags, LIBUFFD_BACKING_SHMEM, both, UFFD_FEATURE_EVENT_REMOVE,
			(struct uffd_region_opts){.flags = LIBUFFD_REGION_ALIAS,
						  .install = LIBUFFD_INSTALL_ALIAS});
	}
	close(fd);
}

TEST_MAIN(everything_at_once_from_a_file)
