/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The end of a region, by itself or with its context, ends its recording, and nothing else: the set
 * can be looked at, stopped, saved and closed. The source lives as long as the set.
 */
#include "wsets.h"

#define PAGES 32u

static struct counted c;

static void outlived(bool by_context)
{
	struct uffd_workingset *set, *again;
	struct place place;
	struct served s;

	place_make(&place);
	atomic_store(&c.freed, 0);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	set = record(&s, 0);
	ck_assert(served_right(&s, 9));
	ck_assert(served_right(&s, 3));
	serve_settled(&s);
	if (!by_context)
		ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
	serve_end(&s);
	ck_assert_uint_eq(info_of(set).entries, 2);
	ck_assert_uint_eq(entry_of(set, 1).offset, 3 * 4096);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, 0), 0);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, 0), 0);
	again = load(place.path, NULL);
	ck_assert_uint_eq(info_of(again).entries, 2);
	uffd_workingset_close(again);
	uffd_workingset_close(set);
	ck_assert_int_eq(atomic_load(&c.freed), 1);
	place_end(&place);
}

static void recording_ends_with_its_region(void)
{
	outlived(false);
	outlived(true);
}

TEST_MAIN(recording_ends_with_its_region)
