/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Two snapshots of different regions of one context are under way at a time: neither holds the
 * other up, nor its writers, and the end of one leaves the other as it is.
 */
#include "out.h"

#define PAGES 600u

static struct served s, b;

static void fill(struct served *m)
{
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(m, n, (uint8_t)(n % 255 + 1));
}

static void two_of_one_context(void)
{
	struct uffd_snapshot *first, *second;
	struct out of_s, of_b;
	struct toucher t;
	int fd = snap_file();

	snap_serve_anon(&s, PAGES);
	b = s;
	kind_make(&b.m, &kinds[1], PAGES);
	b.content = out_memory(b.m.length);
	b.region = snap_region(s.ctx, &b.m, true, 0, (struct uffd_region_opts){0});
	fill(&s);
	fill(&b);
	out_make(&of_s, s.m.length, true);
	out_make(&of_b, s.m.length, true);
	first = snap_start(s.region, -1, out_opts(&of_s, SNAP_LEAST));
	second = snap_start(b.region, -1, out_opts(&of_b, SNAP_LEAST));
	ck_assert_int_eq(uffd_snapshot_arm(second), 0);
	/* Of the one that is not armed yet nobody waits. */
	memset(s.m.at, 0x33, s.m.length);
	memset(s.content, 0x33, s.m.length);
	ck_assert_int_eq(uffd_snapshot_arm(first), 0);
	out_entered(&of_s);
	snap_idle();
	touch_start(&t, served_page(&s, PAGES / 2), true, 1);
	out_shut(&of_b, false);
	ck_assert_int_eq(snap_wait(second), 0);
	ck_assert_int_eq(uffd_snapshot_close(second), 0);
	out_is(&of_b, &b, "the second");
	snap_take(b.region, fd, 0);
	close(fd);
	memset(b.m.at, 0x44, b.m.length);
	ck_assert_uint_eq(snap_progress(first).state, LIBUFFD_SNAPSHOT_RUNNING);
	out_shut(&of_s, false);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(snap_end(first), 0);
	out_is(&of_s, &s, "the first");
	ck_assert_int_eq(uffd_region_remove(b.region, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(b.content, b.m.length);
	test_memory_free(&b.m);
	out_free(&of_s);
	out_free(&of_b);
	serve_end(&s);
}

TEST_MAIN(two_of_one_context)
