/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Where count is too small a collect says how far it got, and the next goes on from there: ranges
 * in order, runs never cut, what is not stored stays dirty. From the end on there is nothing.
 */
#include "tracked.h"

#define PAGES 64u

static struct uffd_range one(const struct tracked *t, uint64_t *offset, int64_t wanted)
{
	struct uffd_range range = {77, 77};

	ck_assert_int_eq(uffd_dirty_collect(t->dirty, offset, &range, 1), wanted);
	return range;
}

static void expect_one(const struct tracked *t, uint64_t *offset, size_t first, size_t end)
{
	struct uffd_range range = one(t, offset, 1);

	ck_assert_msg(range.offset == first * 4096 && range.length == (end - first) * 4096,
		      "%s: [%llu, +%llu), expected pages %zu to %zu", t->name,
		      (unsigned long long)range.offset / 4096,
		      (unsigned long long)range.length / 4096, first, end);
	ck_assert_uint_ge(*offset, end * 4096);
}

static void goes_on(uint32_t method, const struct track_kind *kind)
{
	struct uffd_range ranges[4];
	struct tracked t;
	uint64_t offset = 0;

	if (track_is_huge(kind))
		return;
	track_serve(&t, method, kind, PAGES, 0, 0, (struct uffd_region_opts){0});
	track_start(&t);
	for (size_t k = 0; k < PAGES; k++)
		if (k < 3 || k == 10 || (k >= 20 && k < 40) || k >= 62)
			track_write(&t, k);
	expect_one(&t, &offset, 0, 3);
	track_write(&t, 1); /* behind it now: for the next round */
	expect_one(&t, &offset, 10, 11);
	ck_assert_uint_lt(offset, 21 * 4096);
	/* Two of them grow while they wait to be stored. */
	track_write(&t, 40);
	expect_one(&t, &offset, 20, 41);
	expect_one(&t, &offset, 62, 64);
	ck_assert_uint_eq(offset, t.s.m.length);
	ck_assert_uint_eq(one(&t, &offset, 0).length, 77);
	ck_assert_uint_eq(offset, t.s.m.length);

	offset = 0;
	expect_one(&t, &offset, 1, 2);
	ck_assert_uint_eq(offset, t.s.m.length); /* nothing else was there */

	/* From the middle of a run. */
	for (size_t k = 0; k < 8; k++)
		track_write(&t, k);
	offset = 4 * 4096;
	ck_assert_int_eq(uffd_dirty_collect(t.dirty, &offset, ranges, 4), 1);
	ck_assert(ranges[0].offset == 4 * 4096 && ranges[0].length == 4 * 4096);
	EXPECT_DIRTY(&t, "0-3");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

static void collect_goes_on_where_it_stopped(void)
{
	track_each(goes_on, 1);
}

TEST_MAIN(collect_goes_on_where_it_stopped)
