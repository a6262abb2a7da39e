/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A tracked region is collected while a snapshot of it runs, and a thread waits to write a page
 * that is not saved yet: what is written after that collect is reported by the next, whether the
 * snapshot saves the page or is cancelled before. The same where a discard waits.
 */
#include "out.h"
#include "tracked.h"

#define PAGES 1024u

/* Has writers take all buffers; the last of them, at *page, waits. */
static void until_one_waits(struct served *s, struct toucher *t, size_t *page)
{
	for (*page = PAGES - 1;; *page -= SNAP_WINDOW) {
		touch_start(t, served_page(s, *page), true, 1);
		if (touch_waits(t))
			return;
		touch_join(t);
		ck_assert_uint_gt(*page, PAGES / 2);
	}
}

static void of(const struct kind *k, bool cancelled)
{
	struct uffd_snapshot *snapshot;
	struct uffd_dirty *d;
	struct toucher t;
	struct served s;
	struct out o;
	size_t page;

	snap_serve(&s, k, PAGES, 0, 0);
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(&s, n, (uint8_t)(n % 255 + 1));
	d = track(s.region);
	out_make(&o, s.m.length, true);
	snapshot = snap_begin(s.region, -1, out_opts(&o, SNAP_LEAST));
	until_one_waits(&s, &t, &page);
	/* The writer has faulted: the page may be reported already, but not for the last time. */
	collected(d, &s, page);
	if (cancelled)
		ck_assert_int_eq(uffd_snapshot_cancel(snapshot), 0);
	else
		out_shut(&o, false);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_msg(collected(d, &s, page), "%s: the write of page %zu is lost", k->name, page);
	ck_assert(!collected(d, &s, page));
	*(volatile uint8_t *)served_page(&s, page) = 2;
	ck_assert(collected(d, &s, page));
	out_shut(&o, false);
	ck_assert_int_eq(snap_end(snapshot), cancelled ? -ECANCELED : 0);
	ck_assert(!collected(d, &s, page));
	*(volatile uint8_t *)served_page(&s, page) = 3;
	ck_assert(collected(d, &s, page));
	if (!cancelled)
		out_is(&o, &s, k->name);
	ck_assert_int_eq(uffd_dirty_stop(d), 0);
	out_free(&o);
	serve_end(&s);
}

static void collect_while_a_writer_waits(void)
{
	of(&kinds[0], false);
	of(&kinds[0], true);
	of(&kinds[1], false);
	of(&kinds[1], true);
}

TEST_MAIN(collect_while_a_writer_waits)
