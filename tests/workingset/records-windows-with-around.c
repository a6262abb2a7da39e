/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * With AROUND an entry is the whole window that a fault brought, as the region's fault-around and
 * what was there already made it, and fault_offset is the page that was touched.
 */
#include "wsets.h"

#define PAGES 64u

static struct counted c;

static void records_windows_with_around(void)
{
	struct uffd_workingset_entry e;
	struct uffd_workingset *set;
	struct uffd_source *source;
	struct served s;

	source = counted_open(&c, PAGES * UINT64_C(4096));
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source, .fault_around = 32768});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	/* A page that is there bounds the window of its neighbours. */
	ck_assert_int_eq(uffd_prefetch(s.region, 18 * s.m.page, s.m.page), 0);
	set = record(&s, LIBUFFD_WORKINGSET_AROUND);
	ck_assert(served_right(&s, 13));
	ck_assert(served_right(&s, 21));
	ck_assert(served_right(&s, 16));
	ck_assert(served_right(&s, 9)); /* there */
	recorded(set, 3);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_uint_eq(info_of(set).pages, 15);
	e = entry_of(set, 0);
	ck_assert_uint_eq(e.offset, 8 * s.m.page);
	ck_assert_uint_eq(e.length, 8 * s.m.page);
	ck_assert_uint_eq(e.fault_offset, 13 * s.m.page);
	e = entry_of(set, 1);
	ck_assert_uint_eq(e.offset, 19 * s.m.page);
	ck_assert_uint_eq(e.length, 5 * s.m.page);
	ck_assert_uint_eq(e.fault_offset, 21 * s.m.page);
	ck_assert_uint_gt(e.latency_ns, 0);
	e = entry_of(set, 2);
	ck_assert_uint_eq(e.offset, 16 * s.m.page);
	ck_assert_uint_eq(e.length, 2 * s.m.page);
	ck_assert_uint_eq(e.fault_offset, 16 * s.m.page);
	uffd_workingset_close(set);
	serve_end(&s);
}

TEST_MAIN(records_windows_with_around)
