/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What is there already, or on its way for somebody else, is not read again by a replay, and not
 * written over: the program's own bytes stay. With packed content, of which a read is many pages,
 * too.
 */
#include "wsets.h"

#define PAGES 200u

static struct counted c;
static struct place place;

static bool is_there(size_t page)
{
	return page % 3 == 1 || (page >= 64 && page < 132);
}

static void skipped(bool packed)
{
	struct uffd_prefetch_progress progress = {.size = sizeof(progress)};
	struct uffd_workingset *set;
	struct uffd_prefetch *f;
	struct uffd_extent e;
	uint64_t there = 0;
	struct served s;

	memset(&c, 0, sizeof(c));
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	set = load(place.path, s.region);
	for (size_t k = 0; k < PAGES; k++) {
		if (!is_there(k))
			continue;
		ck_assert_int_eq(uffd_demand(s.region, k * s.m.page, s.m.page, NULL), 0);
		memset(served_page(&s, k), 0x55, s.m.page);
		there++;
	}
	/* Somebody's, for as long as the replay lasts. */
	ck_assert_int_eq(uffd_claim(s.region, 2 * s.m.page, s.m.page, &e), 0);
	f = replay_start(s.region, set);
	uffd_workingset_close(set);
	ck_assert_int_eq(prefetch_result(f), 0);
	ck_assert_int_eq(uffd_prefetch_progress(f, &progress), 0);
	uffd_prefetch_close(f);
	ck_assert_uint_eq(progress.bytes_brought, (PAGES - there - 1) * s.m.page);
	ck_assert_uint_eq(progress.bytes_done, PAGES * s.m.page);
	ck_assert(page_is(&s, 2, LIBUFFD_PAGE_BUSY));
	ck_assert_int_eq(uffd_copy(s.region, e.offset, s.content + e.offset, e.length, 0), 0);
	for (size_t k = 0; k < PAGES; k++) {
		if (is_there(k))
			memset(s.content + k * s.m.page, 0x55, s.m.page);
		ck_assert(page_is(&s, k, LIBUFFD_PAGE_CACHED));
		ck_assert_msg(served_right(&s, k), "packed %d: page %zu", (int)packed, k);
		ck_assert_uint_eq(atomic_load(&c.reads[k]), is_there(k) || (!packed && k != 2));
	}
	serve_end(&s);
}

static void replay_skips_what_is_there(void)
{
	struct uffd_workingset *set;
	struct served s;

	place_make(&place);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	serve_end(&s);
	for (uint32_t flags = 0; flags <= LIBUFFD_WORKINGSET_PACK; flags++) {
		ck_assert_int_eq(uffd_workingset_save(set, place.path, flags), 0);
		skipped(flags & LIBUFFD_WORKINGSET_PACK);
	}
	uffd_workingset_close(set);
	place_end(&place);
}

TEST_MAIN(replay_skips_what_is_there)
