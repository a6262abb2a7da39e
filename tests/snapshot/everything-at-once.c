/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Threads write pages of their own and throw them away, as announced, in tracked memory that is
 * being restored lazily by faults and a prefetch, while a snapshot and incremental ones over it are
 * taken, some of them cancelled. Put together up to any of them they hold what each thread had done
 * at one moment, no more and no less. In every way to install.
 */
#include "lazy.h"
#include "tracked.h"
#include "walk.h"

#define PAGES   192u
#define THREADS 3u
#define OPS     4000u
#define LEVELS  5u

struct op {
	uint32_t page;
	bool discards;
};

/* What a thread did, in its order; the number of a write is what it wrote. */
struct doer {
	pthread_t thread;
	uint32_t id, seed;
	struct op ops[OPS];
	_Atomic uint32_t count;
	_Atomic int wrong;
};

static struct served s;
static const struct way *way;
static struct doer doers[THREADS];
static _Atomic bool ending;

static void do_one(struct doer *d, uint32_t number)
{
	struct op *op = &d->ops[number - 1];
	uint8_t *at;

	d->seed = d->seed * 1664525u + 1013904223u;
	op->page = (d->seed >> 16) % (PAGES / THREADS) * THREADS + d->id;
	op->discards = (d->seed >> 8) % 8 == 0;
	at = served_page(&s, op->page);
	if (!op->discards) {
		walk_write(at, number);
	} else if (uffd_discard(s.region, op->page * 4096, 4096) != 0 ||
		   madvise(at, 4096,
			   way->backing == LIBUFFD_BACKING_SHMEM ? MADV_REMOVE : MADV_DONTNEED)) {
		atomic_store(&d->wrong, 1);
	}
	atomic_store(&d->count, number);
}

static void *act(void *arg)
{
	struct doer *d = arg;

	for (uint32_t n = 1; n <= OPS && !atomic_load(&ending); n++)
		do_one(d, n);
	return NULL;
}

struct state {
	uint64_t value; /* 0: none */
	bool gone;      /* thrown away once: what is not written is zeros */
};

static bool page_is(const uint8_t *at, size_t page, const struct state *state)
{
	const uint8_t *content = s.content + page * 4096;
	uint64_t word;

	memcpy(&word, at, sizeof(word));
	if (state->value)
		return word == state->value &&
		       (state->gone ? all_zero(at + 8, 4088) : !memcmp(at + 8, content + 8, 4088));
	return state->gone ? all_zero(at, 4096) : !memcmp(at, content, 4096);
}

static bool is_after(const struct doer *d, uint32_t count, const uint8_t *image)
{
	struct state states[PAGES] = {0};

	for (uint32_t i = 0; i < count; i++) {
		struct state *state = &states[d->ops[i].page];

		state->value = d->ops[i].discards ? 0 : i + 1;
		state->gone |= d->ops[i].discards;
	}
	for (size_t k = d->id; k < PAGES; k += THREADS)
		if (!page_is(image + k * 4096, k, &states[k]))
			return false;
	return true;
}

/* Not before the last write that is there, and soon after: what came then has been thrown away. */
static void is_of_a_moment(const struct doer *d, const uint8_t *image, const char *what)
{
	uint32_t last = 0, done, count = atomic_load(&d->count);

	for (size_t k = d->id; k < PAGES; k += THREADS) {
		uint64_t word;

		memcpy(&word, image + k * 4096, sizeof(word));
		if (word <= OPS && word > last)
			last = (uint32_t)word;
	}
	for (done = last; !is_after(d, done, image); done++)
		if (done == count)
			ck_abort_msg("%s: thread %u at no moment, last write %u of %u", what, d->id,
				     last, count);
}

static bool take(int fd, uint32_t flags, uint32_t *seed)
{
	struct uffd_snapshot *snapshot;
	int ret;

	snapshot = snap_start(s.region, fd, (struct uffd_snapshot_opts){.flags = flags});
	walk_dither(seed);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	if (*seed >> 30 == 0 && flags)
		ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
	ret = snap_end(snapshot);
	ck_assert_msg(ret == 0 || ret == -ECANCELED, "%s: %d", way->name, ret);
	return ret == 0;
}

static void overlay(uint8_t *image, int fd)
{
	for (size_t k = 0; k < PAGES; k++)
		if (snap_has_data(fd, k * 4096, 4096))
			ck_assert_int_eq(pread(fd, image + k * 4096, 4096, (off_t)(k * 4096)),
					 4096);
}

/* Snapshots until one chain is complete, their images one after the other. How many. */
static size_t take_chain(uint8_t *images, uint32_t *seed)
{
	size_t n = 0;

	while (n < LEVELS) {
		int fd = snap_file();

		if (take(fd, n ? LIBUFFD_SNAPSHOT_INCREMENTAL : 0, seed)) {
			uint8_t *image = images + n * PAGES * 4096;

			if (n)
				memcpy(image, image - PAGES * 4096, PAGES * 4096);
			overlay(image, fd);
			n++;
		}
		close(fd);
	}
	return n;
}

static void start(uint32_t seed)
{
	atomic_store(&ending, false);
	for (uint32_t i = 0; i < THREADS; i++) {
		doers[i].id = i;
		doers[i].seed = seed + i;
		atomic_store(&doers[i].count, 0);
		ck_assert_int_eq(pthread_create(&doers[i].thread, NULL, act, &doers[i]), 0);
	}
}

static void once(uint32_t *seed)
{
	uint8_t *images = out_memory(LEVELS * PAGES * 4096);
	struct uffd_prefetch *prefetch;
	struct uffd_dirty *d;
	size_t n;

	lazy_serve(&s, way, PAGES, LIBUFFD_CTX_DISCARDS,
		   (struct uffd_region_opts){.fault_around = 16384});
	d = track(s.region);
	start(*seed);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, NULL), 0);
	n = take_chain(images, seed);
	atomic_store(&ending, true);
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(doers[i].thread, NULL);
		ck_assert(!atomic_load(&doers[i].wrong));
	}
	for (size_t k = 0; k < n * THREADS; k++)
		is_of_a_moment(&doers[k % THREADS], images + k / THREADS * PAGES * 4096, way->name);
	/* And now, when all has been done. */
	for (size_t i = 0; i < THREADS; i++)
		ck_assert(is_after(&doers[i], atomic_load(&doers[i].count), s.m.at));
	uffd_prefetch_close(prefetch);
	ck_assert_int_eq(uffd_dirty_stop(d), 0);
	munmap(images, LEVELS * PAGES * 4096);
	serve_end(&s);
}

static void everything_at_once(void)
{
	uint64_t until = test_now() + snap_seconds() * UINT64_C(1000000000);
	uint32_t seed = 1;

	do {
		for (size_t i = 0; i < WAYS; i++) {
			way = &ways[i];
			if (!way_is_huge(way))
				once(&seed);
		}
	} while (test_now() < until);
}

TEST_MAIN(everything_at_once)
