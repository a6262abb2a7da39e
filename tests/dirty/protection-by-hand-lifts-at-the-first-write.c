/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region registered for WP without a callback, and not tracked: the first write to a page that
 * uffd_writeprotect() protects lifts it and goes on, the next costs no fault.
 */
#include "tracked.h"

#define PAGES 6u

static void lifts(struct tracked *t)
{
	uint64_t faults;

	ck_assert_int_eq(uffd_writeprotect(t->s.region, 0, t->s.m.length, 1), 0);
	faults = stats_of(t->s.ctx).faults_wp;
	for (size_t k = 0; k < PAGES; k++)
		track_write(t, k);
	/* Where the kernel resolves such faults nobody hears of them. */
	faults += t->method == LIBUFFD_DIRTY_SYNC ? PAGES : 0;
	ck_assert_uint_eq(stats_of(t->s.ctx).faults_wp, faults);
	for (size_t k = 0; k < PAGES; k++)
		track_write(t, k);
	ck_assert_uint_eq(stats_of(t->s.ctx).faults_wp, faults);
}

static void by_hand(uint32_t method, const struct track_kind *kind)
{
	struct tracked t;

	track_serve(&t, method, kind, PAGES, 0, 0, (struct uffd_region_opts){0});
	for (size_t k = 0; k < PAGES; k++)
		track_write(&t, k);
	lifts(&t);
	track_end(&t);

	/* The same after it has been tracked. */
	track_serve(&t, method, kind, PAGES, 0, 0, (struct uffd_region_opts){0});
	for (size_t k = 0; k < PAGES; k++)
		track_write(&t, k);
	track_start(&t);
	track_stop(&t);
	lifts(&t);
	/* Left protected by hand it begins clean, and is tracked all the same. */
	ck_assert_int_eq(uffd_writeprotect(t.s.region, 0, t.s.m.length, 1), 0);
	track_start(&t);
	EXPECT_DIRTY(&t, "");
	track_write(&t, 3);
	EXPECT_DIRTY(&t, "3");
	track_end(&t);
}

static void protection_by_hand(void)
{
	track_each(by_hand, PAGES);
}

TEST_MAIN(protection_by_hand)
