/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Threads that each have pages of their own write, read and throw them away, while all of them
 * demand and prefetch anything, prefetches come and are cancelled, and working sets are recorded,
 * packed and replayed; over a source that answers later, is busy now and then, and fails now and
 * then. In every way to install: each page is at any time what its owner knows it to be, to the
 * end, when the region is finished.
 */
#include "ways.h"
#include "place.h"

#define PAGES   1024u
#define THREADS 3u
#define TURNS   150
#define QUEUE   512u

/* The source: a thread answers the last that was asked for first. */
static struct {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct {
		struct uffd_read *read;
		uint8_t *to;
		uint64_t length, offset;
	} queue[QUEUE];
	unsigned int count;
	uint32_t seed;
	bool ending, calm;
} late = {.lock = PTHREAD_MUTEX_INITIALIZER, .more = PTHREAD_COND_INITIALIZER};

static int late_submit(void *user, struct uffd_read *read, void *buffer, uint64_t length,
		       uint64_t offset)
{
	int ret = 0;

	(void)user;
	pthread_mutex_lock(&late.lock);
	late.seed = late.seed * 1664525u + 1013904223u;
	if ((!late.calm && (late.seed >> 16) % 16 == 0) || late.count == QUEUE) {
		ret = -EBUSY;
	} else {
		late.queue[late.count].read = read;
		late.queue[late.count].to = buffer;
		late.queue[late.count].length = length;
		late.queue[late.count].offset = offset;
		late.count++;
		pthread_cond_signal(&late.more);
	}
	pthread_mutex_unlock(&late.lock);
	return ret;
}

static void *late_answer(void *arg)
{
	(void)arg;
	for (;;) {
		struct uffd_read *read;
		uint64_t length, offset;
		bool fails, comes_short;
		uint8_t *to;

		pthread_mutex_lock(&late.lock);
		while (!late.count && !late.ending)
			pthread_cond_wait(&late.more, &late.lock);
		if (!late.count) {
			pthread_mutex_unlock(&late.lock);
			return NULL;
		}
		late.count--;
		read = late.queue[late.count].read;
		to = late.queue[late.count].to;
		length = late.queue[late.count].length;
		offset = late.queue[late.count].offset;
		late.seed = late.seed * 1664525u + 1013904223u;
		fails = !late.calm && (late.seed >> 16) % 32 == 0;
		comes_short = late.seed & 1;
		pthread_mutex_unlock(&late.lock);
		if (fails) {
			memset(to, 0xbd, length / 2);
			uffd_read_done(read, comes_short ? (int64_t)length / 2 : -EIO);
			continue;
		}
		content_write(to, offset, length);
		uffd_read_done(read, (int64_t)length);
	}
}

static struct served s;
static const struct way *way;
static _Atomic int wrong;
static _Atomic bool working;

/* What its owner knows of a page: 0 the source's, 1 zeros, else full of this. */
static uint8_t known[PAGES];

static bool is_right(size_t page)
{
	const uint8_t *at = served_page(&s, page);

	if (known[page] == 0)
		return memcmp(at, s.content + page * 4096, 4096) == 0;
	for (size_t i = 0; i < 4096; i++)
		if (at[i] != (known[page] == 1 ? 0 : known[page]))
			return false;
	return true;
}

static void throw_away(size_t page)
{
	if (uffd_discard(s.region, page * 4096, 4096) != 0 ||
	    madvise(served_page(&s, page), 4096,
		    way->backing == LIBUFFD_BACKING_SHMEM ? MADV_REMOVE : MADV_DONTNEED) != 0)
		atomic_fetch_add(&wrong, 1);
	known[page] = 1;
}

static void *own(void *arg)
{
	uint32_t id = (uint32_t)(uintptr_t)arg, seed = id * 7919 + 5;

	for (int i = 0; i < TURNS; i++) {
		size_t page, any, n;

		seed = seed * 1664525u + 1013904223u;
		page = (seed >> 10) % (PAGES / THREADS) * THREADS + id;
		any = (seed >> 12) % PAGES;
		n = 1 + (seed >> 8) % 40;
		n = n < PAGES - any ? n : PAGES - any;
		switch ((seed >> 24) % 8) {
		case 0:
			throw_away(page);
			break;
		case 1:
		case 2:
			known[page] = (uint8_t)(2 + seed % 250);
			memset(served_page(&s, page), known[page], 4096);
			break;
		case 3:
			if (uffd_demand(s.region, any * 4096, n * 4096, NULL) != 0)
				atomic_fetch_add(&wrong, 1);
			break;
		case 4:
			/* It may fail, with the source. */
			uffd_prefetch(s.region, any * 4096, n * 4096);
			break;
		case 5:
			/* The cache keeps what the page table loses. */
			if (way->backing == LIBUFFD_BACKING_SHMEM)
				madvise(served_page(&s, page), 4096, MADV_DONTNEED);
			break;
		default:
			break;
		}
		if (!is_right(page))
			atomic_fetch_add(&wrong, 1);
	}
	return NULL;
}

static void replayed(struct uffd_workingset *set)
{
	const struct uffd_prefetch_opts opts = {.size = sizeof(opts), .workingset = set};
	struct uffd_prefetch *f;

	if (uffd_prefetch_start(&f, s.region, &opts) != 0) {
		atomic_fetch_add(&wrong, 1);
		return;
	}
	sched_yield();
	uffd_prefetch_cancel(f);
	uffd_prefetch_close(f);
}

static void *sets(void *arg)
{
	const char *path = arg;
	uint32_t turn = 0;

	while (atomic_load(&working)) {
		const struct uffd_workingset_opts opts = {.size = sizeof(opts), .flags = turn % 4};
		struct uffd_workingset *set, *loaded;
		struct uffd_prefetch *f;

		if (uffd_workingset_record(&set, s.region, &opts) != 0 ||
		    uffd_prefetch_start(&f, s.region, NULL) != 0) {
			atomic_fetch_add(&wrong, 1);
			break;
		}
		for (int i = 0; i < 50; i++)
			sched_yield();
		uffd_prefetch_close(f);
		if (uffd_workingset_stop(set) != 0)
			atomic_fetch_add(&wrong, 1);
		/* PACK fails where the source does. */
		if (uffd_workingset_save(set, path, turn % 2) == 0) {
			if (uffd_workingset_load(&loaded, path, s.region) != 0) {
				atomic_fetch_add(&wrong, 1);
			} else {
				replayed(loaded);
				uffd_workingset_close(loaded);
			}
		}
		replayed(set);
		uffd_workingset_close(set);
		turn++;
	}
	return NULL;
}

static void together(const char *path)
{
	const struct uffd_source_ops ops = {.size = sizeof(ops), .submit = late_submit};
	pthread_t threads[THREADS], recorder;
	struct uffd_source *source;

	memset(&s, 0, sizeof(s));
	memset(known, 0, sizeof(known));
	late.calm = false;
	if (way->backing == LIBUFFD_BACKING_ANON)
		way_aligned(&s.m, PAGES * 4096, 0, -1, 0);
	else
		test_memory_make(&s.m, way->backing, PAGES);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx_flags(0, LIBUFFD_CTX_DISCARDS);
	ck_assert_int_eq(uffd_source_open(&source, s.m.length, &ops, NULL), 0);
	s.region = serve_region(
		&s, &s.m, way->modes,
		way_opts(way, (struct uffd_region_opts){.source = source,
							.on_error = LIBUFFD_ON_ERROR_HOLD,
							.max_retries = 1000,
							.retry_ns = 10000}));
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	atomic_store(&working, true);
	for (size_t i = 0; i < THREADS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, own, (void *)i), 0);
	ck_assert_int_eq(pthread_create(&recorder, NULL, sets, (void *)(uintptr_t)path), 0);
	for (size_t i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	atomic_store(&working, false);
	pthread_join(recorder, NULL);
	ck_assert_msg(atomic_load(&wrong) == 0, "%s: %d times", way->name, atomic_load(&wrong));
	pthread_mutex_lock(&late.lock);
	late.calm = true;
	pthread_mutex_unlock(&late.lock);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_FINISH), 0);
	for (size_t k = 0; k < PAGES; k++)
		if (!is_right(k))
			ck_abort_msg("%s, finished: page %zu", way->name, k);
	serve_end(&s);
}

static void everything_at_once(void)
{
	struct place place;
	pthread_t answering;

	place_make(&place);
	ck_assert_int_eq(pthread_create(&answering, NULL, late_answer, NULL), 0);
	for (size_t i = 0; i < WAYS; i++) {
		way = &ways[i];
		if (!way_is_huge(way))
			together(place.path);
	}
	pthread_mutex_lock(&late.lock);
	late.ending = true;
	pthread_cond_signal(&late.more);
	pthread_mutex_unlock(&late.lock);
	pthread_join(answering, NULL);
	place_end(&place);
}

TEST_MAIN(everything_at_once)
