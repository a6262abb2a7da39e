/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A thread that writes to memory, moves parts of it, unmaps none and writes on: every write is
 * reported at its offset, wherever the page was when it was written and collected.
 */
#include "tracked.h"

#define PAGES 128u

static struct tracked t;
static _Atomic bool over;
static _Atomic int wrong;
static uint8_t *at[PAGES];            /* where each page is: the writer's own */
static _Atomic uint64_t begun[PAGES]; /* writes */
static _Atomic uint64_t ended[PAGES];
static _Atomic uint64_t moves;

static void write_some(uint64_t *seed)
{
	size_t page = random_below(seed, PAGES), n = 1 + random_below(seed, 8);

	for (; n-- && page < PAGES; page++) {
		atomic_fetch_add(&begun[page], 1);
		++*(volatile uint8_t *)at[page];
		atomic_fetch_add(&ended[page], 1);
	}
}

/* A run of pages that are one mapping still, to somewhere else. */
static void move_some(uint64_t *seed)
{
	size_t first = random_below(seed, PAGES), n = 1;
	size_t most = 1 + random_below(seed, 16);
	uint8_t *to;

	while (n < most && first + n < PAGES && at[first + n] == at[first] + n * 4096)
		n++;
	to = mmap(NULL, n * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (mremap(at[first], n * 4096, n * 4096, MREMAP_MAYMOVE | MREMAP_FIXED, to) != to)
		atomic_fetch_add(&wrong, 1);
	for (size_t k = 0; k < n; k++)
		at[first + k] = to + k * 4096;
	atomic_fetch_add(&moves, 1);
}

static void *writes_and_moves(void *arg)
{
	uint64_t seed = 0x5eed;

	(void)arg;
	while (!atomic_load(&over)) {
		for (uint64_t n = random_below(&seed, 8); n > 0; n--)
			write_some(&seed);
		move_some(&seed);
	}
	return NULL;
}

static void pass(uint64_t reported[PAGES])
{
	static uint64_t before[PAGES];
	static uint8_t found[PAGES];

	for (size_t k = 0; k < PAGES; k++)
		before[k] = atomic_load(&ended[k]);
	collect_all(t.dirty, PAGES * 4096, 4096, 16, found);
	for (size_t k = 0; k < PAGES; k++) {
		/* One that began after the last report, and was over when this pass began. */
		if (!found[k] && before[k] > reported[k])
			ck_abort_msg("%s: page %zu: write %llu, %llu were known", t.name, k,
				     (unsigned long long)before[k],
				     (unsigned long long)reported[k]);
		if (found[k])
			reported[k] = atomic_load(&begun[k]);
	}
}

static void moved(uint32_t method, const struct track_kind *kind, uint64_t until)
{
	static uint64_t reported[PAGES];
	pthread_t thread;

	track_serve(&t, method, kind, PAGES, UFFD_FEATURE_EVENT_REMAP, 0,
		    (struct uffd_region_opts){0});
	for (size_t k = 0; k < PAGES; k++) {
		at[k] = served_page(&t.s, k);
		atomic_store(&begun[k], 0);
		atomic_store(&ended[k], 0);
		reported[k] = 0;
	}
	atomic_store(&over, false);
	atomic_store(&moves, 0);
	track_start(&t);
	ck_assert_int_eq(pthread_create(&thread, NULL, writes_and_moves, NULL), 0);
	do {
		pass(reported);
	} while (test_now() < until || atomic_load(&moves) < 10);
	atomic_store(&over, true);
	pthread_join(thread, NULL);
	pass(reported);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_uint_eq(reported[k], atomic_load(&ended[k]));
	ck_assert_int_eq(atomic_load(&wrong), 0);
	track_end(&t);
	for (size_t k = 0; k < PAGES; k++)
		munmap(at[k], 4096);
}

static void while_memory_moves(void)
{
	uint64_t each = (track_until() - test_now()) / 14;

	if (sysconf(_SC_PAGESIZE) != 4096)
		test_skip("pages of %ld bytes", sysconf(_SC_PAGESIZE));
	for (size_t k = 0; k < TRACK_KINDS; k++) {
		if (track_is_huge(&track_kinds[k]))
			continue;
		moved(LIBUFFD_DIRTY_ASYNC, &track_kinds[k], test_now() + each);
		moved(LIBUFFD_DIRTY_SYNC, &track_kinds[k], test_now() + each);
	}
}

TEST_MAIN(while_memory_moves)
