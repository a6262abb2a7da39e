/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region that is removed while it is replayed: the replay ends, cancelled or done, with nothing
 * in flight; the handles outlive the region, and so does the set. The set is closed before, or
 * between.
 */
#include "wsets.h"

#define PAGES 4096u

static struct counted c;
static struct place place;

static void ended(bool by_context, bool cancel)
{
	struct uffd_prefetch_progress progress = {.size = sizeof(progress)};
	struct uffd_workingset *set;
	struct uffd_prefetch *f;
	struct served s;
	int ret;

	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	set = load(place.path, s.region);
	f = replay_start(s.region, set);
	if (!by_context)
		uffd_workingset_close(set);
	do {
		ck_assert_int_eq(uffd_prefetch_progress(f, &progress), 0);
	} while (!progress.bytes_done);
	if (cancel)
		ck_assert_int_eq(uffd_prefetch_cancel(f), 0);
	if (!by_context)
		ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
	serve_end(&s);
	ret = prefetch_result(f);
	ck_assert_msg(ret == 0 || ret == -ECANCELED, "%d", ret);
	ck_assert_int_eq(uffd_prefetch_progress(f, &progress), 0);
	ck_assert_uint_eq(progress.bytes_in_flight, 0);
	ck_assert_uint_eq(progress.state, ret ? LIBUFFD_PREFETCH_CANCELLED : LIBUFFD_PREFETCH_DONE);
	ck_assert_uint_le(progress.bytes_done, progress.bytes_total);
	uffd_prefetch_close(f);
	if (by_context)
		uffd_workingset_close(set);
}

static void region_ends_during_a_replay(void)
{
	struct uffd_workingset *set;
	struct served s;

	place_make(&place);
	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	serve_end(&s);
	for (uint32_t flags = 0; flags <= LIBUFFD_WORKINGSET_PACK; flags++) {
		ck_assert_int_eq(uffd_workingset_save(set, place.path, flags), 0);
		ended(false, false);
		ended(true, false);
		ended(false, true);
	}
	uffd_workingset_close(set);
	place_end(&place);
}

TEST_MAIN(region_ends_during_a_replay)
