/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * After a snapshot, whole, cancelled or failed, nothing is protected any more: no write takes a
 * fault. A page that has been saved costs its writer none either, while the rest has yet to be.
 */
#include "out.h"

enum ending { WHOLE, CANCELLED, FAILED, NEVER_ARMED, ENDINGS };

static void write_all_pages(struct served *s, uint8_t value)
{
	for (size_t n = 0; n * s->m.page < s->m.length; n++)
		*(volatile uint8_t *)served_page(s, n) = value;
}

static void ends(struct served *s, enum ending how, struct out *o)
{
	struct uffd_snapshot *snapshot = snap_start(s->region, -1, out_opts(o, 0));

	if (how != NEVER_ARMED)
		ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	if (how == WHOLE)
		out_shut(o, false);
	if (how == FAILED) {
		out_answer(o, -EIO);
		out_shut(o, false);
	}
	if (how == CANCELLED || how == NEVER_ARMED) {
		ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
		out_shut(o, false);
	}
	ck_assert_int_eq(snap_end(snapshot), how == WHOLE ? 0 : how == FAILED ? -EIO : -ECANCELED);
}

static void of(const struct kind *k, enum ending how)
{
	size_t pages = kind_is_huge(k) ? 4 : 600;
	struct uffd_stats before, after;
	struct served s;
	struct out o;

	if (!kind_has_memory(k, pages))
		return;
	snap_serve(&s, k, pages, 0, 0);
	for (size_t n = 0; n < pages; n++)
		if (n % 4 != 1)
			snap_fill(&s, n, (uint8_t)(n % 255 + 1));
	out_make(&o, s.m.length, true);
	ends(&s, how, &o);
	before = stats_of(s.ctx);
	write_all_pages(&s, 0xee);
	after = stats_of(s.ctx);
	ck_assert_msg(before.faults_wp == after.faults_wp, "%s: %llu faults", k->name,
		      (unsigned long long)(after.faults_wp - before.faults_wp));
	if (how == WHOLE)
		out_is(&o, &s, k->name);
	out_free(&o);
	serve_end(&s);
}

static void saved_pages_are_free(void)
{
	struct uffd_stats before, after;
	struct uffd_snapshot *snapshot;
	struct toucher t;
	struct served s;
	struct out o;

	snap_serve_anon(&s, 1024);
	write_all_pages(&s, 7);
	out_make(&o, s.m.length, true);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	/* What it waited for is saved, with the pages around it. */
	touch_start(&t, served_page(&s, 1000), true, 8);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	before = stats_of(s.ctx);
	for (size_t n = 1000 / SNAP_WINDOW * SNAP_WINDOW; n < 1000; n++)
		*(volatile uint8_t *)served_page(&s, n) = 8;
	after = stats_of(s.ctx);
	ck_assert_uint_eq(before.faults_wp, after.faults_wp);
	out_shut(&o, false);
	ck_assert_int_eq(snap_end(snapshot), 0);
	out_free(&o);
	serve_end(&s);
}

static void nothing_stays_protected(void)
{
	for (size_t i = 0; i < KINDS; i++)
		for (enum ending how = WHOLE; how < ENDINGS; how++)
			of(&kinds[i], how);
	saved_pages_are_free();
}

TEST_MAIN(nothing_stays_protected)
