/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A set that is being recorded is not saved: -EBUSY, and no file is touched. */
#include "wsets.h"

#define PAGES 8u

static struct counted c;

static void save_while_recording_is_busy(void)
{
	struct uffd_workingset *set;
	struct place place;
	struct served s;

	place_make(&place);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	set = record(&s, 0);
	ck_assert(served_right(&s, 2));
	ck_assert_int_eq(uffd_workingset_save(set, place.path, 0), -EBUSY);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, LIBUFFD_WORKINGSET_PACK), -EBUSY);
	ck_assert_uint_eq(place_files(&place), 0);
	ck_assert(served_right(&s, 3));
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, 0), 0);
	ck_assert_uint_eq(info_of(set).entries, 2);
	uffd_workingset_close(set);
	serve_end(&s);
	place_end(&place);
}

TEST_MAIN(save_while_recording_is_busy)
