/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd_workingset_entries() copies from any entry on, as many as there are and are asked for, of a
 * recording, of one that has ended, and of one that was loaded, all alike.
 */
#include "wsets.h"

#define PAGES 100u

static struct counted c;

static void same(const struct uffd_workingset *set, uint64_t n)
{
	struct uffd_workingset_entry all[PAGES + 1], some[PAGES + 1];

	memset(all, 0xee, sizeof(all));
	ck_assert_int_eq(uffd_workingset_entries(set, 0, all, PAGES + 1), (int64_t)n);
	for (uint64_t i = 0; i < n; i++)
		ck_assert_uint_eq(all[i].offset, (i * 37 % PAGES) * 4096);
	/* Not a byte behind the last. */
	ck_assert_uint_eq(all[n].offset, UINT64_C(0xeeeeeeeeeeeeeeee));
	for (uint64_t first = 0; first <= n + 1; first += 7) {
		for (uint64_t count = 1; count < 30; count += 9) {
			uint64_t left = first < n ? n - first : 0;
			uint64_t expected = left < count ? left : count;

			memset(some, 0xdd, sizeof(some));
			ck_assert_int_eq(uffd_workingset_entries(set, first, some, count),
					 (int64_t)expected);
			ck_assert_mem_eq(some, all + first, expected * sizeof(some[0]));
			ck_assert_uint_eq(some[expected].offset, UINT64_C(0xdddddddddddddddd));
		}
	}
}

static void entries_are_copied_from_any_on(void)
{
	struct uffd_workingset *set, *loaded;
	struct place place;
	struct served s;

	place_make(&place);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	set = record(&s, 0);
	for (size_t i = 0; i < 90; i++)
		ck_assert(served_right(&s, i * 37 % PAGES));
	recorded(set, 90);
	same(set, 90);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert(served_right(&s, 90 * 37 % PAGES));
	same(set, 90);
	ck_assert_int_eq(uffd_workingset_save(set, place.path, 0), 0);
	loaded = load(place.path, s.region);
	same(loaded, 90);
	uffd_workingset_close(set);
	same(loaded, 90);
	uffd_workingset_close(loaded);
	serve_end(&s);
	place_end(&place);
}

TEST_MAIN(entries_are_copied_from_any_on)
