/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A recording has room for a number of entries; what comes beyond is counted as lost, in the set
 * and in its file, and what was recorded before stays. (Prefetches of a source that fails can be
 * asked for without end: their pages are empty again.)
 */
#include "wsets.h"

#define PAGES 16u
#define ASKED 20000u

static struct counted c;

static void log_that_is_full_counts_the_lost(void)
{
	struct uffd_workingset *set, *loaded;
	struct uffd_workingset_info info;
	struct place place;
	struct served s;

	place_make(&place);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	set = record(&s, LIBUFFD_WORKINGSET_TRACE);
	ck_assert_int_eq(uffd_demand(s.region, 3 * 4096, 4096, NULL), 0);
	atomic_store(&c.broken, true);
	for (unsigned int i = 1; i < ASKED; i++)
		ck_assert_int_eq(uffd_prefetch(s.region, 7 * 4096, 4096), -EIO);
	atomic_store(&c.broken, false);
	info = info_of(set);
	ck_assert_uint_gt(info.lost, 0);
	ck_assert_uint_gt(info.entries, PAGES);
	ck_assert_uint_eq(info.entries + info.lost, ASKED);
	/* Full is no error for whoever asks. */
	ck_assert(served_right(&s, 5));
	serve_settled(&s);
	ck_assert_uint_eq(info_of(set).lost, info.lost + 1);
	ck_assert_uint_eq(info_of(set).entries, info.entries);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_uint_eq(entry_of(set, 0).offset, 3 * 4096);
	ck_assert_uint_eq(entry_of(set, 0).kind, LIBUFFD_DEMAND);
	ck_assert_uint_eq(entry_of(set, info.entries - 1).offset, 7 * 4096);
	/* What never came has no latency. */
	ck_assert_uint_eq(entry_of(set, info.entries - 1).latency_ns, 0);
	ck_assert_uint_eq(info_of(set).pages, 1);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), 0);
	loaded = load(place.path, s.region);
	ck_assert_uint_eq(info_of(loaded).lost, info.lost + 1);
	ck_assert_uint_eq(info_of(loaded).entries, info.entries);
	uffd_workingset_close(set);
	/* Also when that is saved again. */
	ck_assert_int_eq(uffd_workingset_save(loaded, place.path, 0), 0);
	uffd_workingset_close(loaded);
	loaded = load(place.path, s.region);
	ck_assert_uint_eq(info_of(loaded).lost, info.lost + 1);
	uffd_workingset_close(loaded);
	serve_end(&s);
	place_end(&place);
}

TEST_MAIN(log_that_is_full_counts_the_lost)
