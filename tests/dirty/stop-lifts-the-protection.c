/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * After the stop nothing is protected any more: writes cost no fault, and a thread that slept in
 * one goes on. Started again all is as it was at first.
 */
#include "tracked.h"

#define PAGES 700u /* more than one ioctl lifts */

static void stopped(uint32_t method, const struct track_kind *kind)
{
	size_t pages = track_is_huge(kind) ? 6 : PAGES;
	struct tracked t;
	uint64_t faults;

	track_serve(&t, method, kind, pages, 0, 0, (struct uffd_region_opts){0});
	for (size_t k = 0; k < pages; k++)
		track_write(&t, k);
	for (int i = 0; i < 2; i++) {
		track_start(&t);
		track_write(&t, 1);
		EXPECT_DIRTY(&t, "1");
		track_write(&t, 2);
		track_stop(&t);
		faults = stats_of(t.s.ctx).faults_wp;
		ck_assert(method == LIBUFFD_DIRTY_ASYNC || faults > 0);
		for (size_t k = 0; k < pages; k++)
			track_write(&t, k);
		ck_assert_uint_eq(stats_of(t.s.ctx).faults_wp, faults);
	}
	track_end(&t);
}

/* A writer whose fault nobody dispatches: the stop itself lets it go on. */
static void sleepers(const struct track_kind *kind)
{
	struct toucher writers[3];
	struct tracked t;

	track_serve(&t, LIBUFFD_DIRTY_SYNC, kind, 6, 0, 0, (struct uffd_region_opts){0});
	for (size_t k = 0; k < 6; k++)
		track_write(&t, k);
	track_start(&t);
	ck_assert_int_eq(uffd_loop_close(t.s.loop), 0);
	t.s.loop = NULL;
	for (size_t k = 0; k < 3; k++) {
		touch_start(&writers[k], served_page(&t.s, 2 * k), true, (uint8_t)(0x40 + k));
		ck_assert(touch_asleep(&writers[k]));
	}
	track_stop(&t);
	for (size_t k = 0; k < 3; k++) {
		ck_assert_int_eq(touch_join(&writers[k]), TOUCH_DONE);
		ck_assert_uint_eq(track_read(&t, 2 * k), 0x40 + k);
	}
	track_end(&t);
}

static void stop_lifts_the_protection(void)
{
	track_each(stopped, 6);
	for (size_t k = 0; k < TRACK_KINDS; k++)
		if (track_has_memory(&track_kinds[k], 6))
			sleepers(&track_kinds[k]);
}

TEST_MAIN(stop_lifts_the_protection)
