/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A replay brings every page of the set and, of those between two, only gaps of at most 16 KiB,
 * which are cheaper to read than to leave; each page is read once. The program that then asks for
 * the set's pages asks nobody else. Of the order of the recording, and of what was asked for twice,
 * nothing is left.
 */
#include "wsets.h"

#define PAGES 1024u
#define GAP   4u /* pages */

static struct counted c;

static const size_t asked[] = {700, 10, 13, 1023, 18, 24, 0, 300, 301, 299, 303, 710, 11};
#define ASKED (sizeof(asked) / sizeof(asked[0]))

static bool in_set(size_t page)
{
	for (size_t i = 0; i < ASKED; i++)
		if (asked[i] == page)
			return true;
	return false;
}

/* Between two pages of the set that are at most a gap apart. */
static bool in_gap(size_t page)
{
	size_t below = 0, above = 0;

	while (below <= GAP && page >= below + 1 && !in_set(page - below - 1))
		below++;
	while (above <= GAP && page + above + 1 < PAGES && !in_set(page + above + 1))
		above++;
	return page > below && page + above + 1 < PAGES && below + 1 + above <= GAP;
}

static void just_the_set(const char *path, uint32_t backing, uint32_t modes)
{
	struct uffd_prefetch_progress progress = {.size = sizeof(progress)};
	struct uffd_workingset *set;
	struct uffd_prefetch *f;
	uint64_t brought = 0, calls;
	struct served s;

	memset(&c, 0, sizeof(c));
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), backing, PAGES, 0, modes);
	set = load(path, s.region);
	f = replay_start(s.region, set);
	/* It has what it needs of it. */
	uffd_workingset_close(set);
	ck_assert_int_eq(prefetch_result(f), 0);
	ck_assert_int_eq(uffd_prefetch_progress(f, &progress), 0);
	uffd_prefetch_close(f);
	for (size_t k = 0; k < PAGES; k++) {
		bool there = page_is(&s, k, LIBUFFD_PAGE_CACHED);

		ck_assert_msg(there || !in_set(k), "page %zu is missing", k);
		ck_assert_msg(!there || in_set(k) || in_gap(k), "page %zu was not asked for", k);
		ck_assert_uint_eq(atomic_load(&c.reads[k]), there);
		brought += there;
	}
	ck_assert_uint_eq(progress.state, LIBUFFD_PREFETCH_DONE);
	ck_assert_uint_eq(progress.bytes_brought, brought * 4096);
	ck_assert_uint_eq(progress.bytes_done, progress.bytes_total);
	ck_assert_uint_eq(progress.bytes_total, brought * 4096);
	ck_assert_uint_eq(progress.bytes_in_flight, 0);
	calls = atomic_load(&c.calls);
	for (size_t i = 0; i < ASKED; i++)
		ck_assert(served_right(&s, asked[i]));
	ck_assert_uint_eq(atomic_load(&c.calls), calls);
	ck_assert_uint_eq(stats_of(s.ctx).faults_missing, 0);
	/* The rest comes as ever. */
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(served_right(&s, k));
	ck_assert_uint_eq(counted_sum(&c), PAGES);
	serve_end(&s);
}

static void replay_brings_just_the_set(void)
{
	struct uffd_workingset *set;
	struct place place;
	struct served s;

	place_make(&place);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	set = record_touches(&s, asked, ASKED);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, 0), 0);
	uffd_workingset_close(set);
	serve_end(&s);
	just_the_set(place.path, LIBUFFD_BACKING_ANON, LIBUFFD_MISSING);
	just_the_set(place.path, LIBUFFD_BACKING_SHMEM, LIBUFFD_MISSING | LIBUFFD_MINOR);
	just_the_set(place.path, LIBUFFD_BACKING_SHMEM_PRIVATE, LIBUFFD_MISSING);
	place_end(&place);
}

TEST_MAIN(replay_brings_just_the_set)
