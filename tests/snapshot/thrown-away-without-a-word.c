/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What an event says is being thrown away before it was saved, without uffd_discard() before, fails
 * the snapshot with ESTALE: at once, though its output is held up, and nobody waits for it any
 * more. Of saved pages, and before the instant, it does not matter.
 */
#include "out.h"

#define PAGES 1024u

static void throw_away(struct served *s, size_t page, int advice)
{
	ck_assert_int_eq(madvise(served_page(s, page), 4096, advice), 0);
}

static void unsaved(const struct kind *k, int advice)
{
	struct uffd_snapshot *snapshot;
	struct toucher t;
	struct served s;
	struct out o;

	snap_serve(&s, k, PAGES, UFFD_FEATURE_EVENT_REMOVE, 0);
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(&s, n, (uint8_t)(n % 255 + 1));
	out_make(&o, s.m.length, true);
	snapshot = snap_start(s.region, -1, out_opts(&o, SNAP_LEAST));
	throw_away(&s, 5, advice);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	out_entered(&o);
	snap_idle();
	throw_away(&s, 7, advice);
	ck_assert_uint_eq(snap_progress(snapshot).state, LIBUFFD_SNAPSHOT_RUNNING);
	throw_away(&s, PAGES - 7, advice);
	touch_start(&t, served_page(&s, PAGES / 2), true, 1);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(snap_progress(snapshot).error, 0);
	out_shut(&o, false);
	ck_assert_int_eq(snap_wait(snapshot), -ESTALE);
	ck_assert_int_eq(snap_progress(snapshot).error, -ESTALE);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	out_free(&o);
	serve_end(&s);
}

static void saved(const struct kind *k, int advice)
{
	struct uffd_snapshot *snapshot;
	struct served s;
	struct out o;

	snap_serve(&s, k, PAGES, UFFD_FEATURE_EVENT_REMOVE, 0);
	for (size_t n = 0; n < PAGES; n++)
		snap_fill(&s, n, (uint8_t)(n % 255 + 1));
	out_make(&o, s.m.length, true);
	snapshot = snap_start(s.region, -1, out_opts(&o, SNAP_LEAST));
	throw_away(&s, 5, advice);
	/* The mapping is dropped, the file may keep it: the memory says. */
	memcpy(s.content + 5 * 4096, served_page(&s, 5), 4096);
	ck_assert_int_eq(uffd_snapshot_arm(snapshot), 0);
	out_entered(&o);
	snap_idle();
	throw_away(&s, 7, advice);
	out_shut(&o, false);
	ck_assert_int_eq(snap_end(snapshot), 0);
	out_is(&o, &s, k->name);
	out_free(&o);
	serve_end(&s);
}

static void thrown_away_without_a_word(void)
{
	unsaved(&kinds[0], MADV_DONTNEED);
	unsaved(&kinds[1], MADV_REMOVE);
	unsaved(&kinds[2], MADV_REMOVE);
	saved(&kinds[0], MADV_DONTNEED);
	saved(&kinds[1], MADV_REMOVE);
	saved(&kinds[1], MADV_DONTNEED);
	saved(&kinds[2], MADV_DONTNEED);
	saved(&kinds[3], MADV_DONTNEED);
}

TEST_MAIN(thrown_away_without_a_word)
