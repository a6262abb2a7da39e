/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Of memory that is filled lazily a snapshot has everything, and brings nothing: what has not been
 * asked for is read from the source for it, and is asked for later as if nothing had been. In every
 * way to install.
 */
#include "lazy.h"

enum { UNTOUCHED, READ, WRITTEN, KINDS_OF_PAGE };

static unsigned int kind_of(size_t page)
{
	return page / 3 % KINDS_OF_PAGE;
}

static size_t touch_some(struct served *s, size_t pages)
{
	size_t untouched = 0;

	for (size_t k = 0; k < pages; k++) {
		if (kind_of(k) == READ)
			ck_assert(served_right(s, k));
		if (kind_of(k) == WRITTEN)
			snap_fill(s, k, (uint8_t)(k | 1));
		untouched += kind_of(k) == UNTOUCHED;
	}
	serve_settled(s);
	return untouched;
}

static void of(const struct way *w)
{
	size_t pages = way_is_huge(w) ? 9 : 300, untouched;
	struct uffd_snapshot *snapshot;
	struct uffd_stats before, after;
	struct served s;
	struct out o;

	if (!way_has_memory(w, pages))
		return;
	lazy_serve(&s, w, pages, 0, (struct uffd_region_opts){.fault_around = 4096});
	untouched = touch_some(&s, pages);
	out_make(&o, s.m.length, false);
	before = stats_of(s.ctx);
	snapshot = snap_begin(s.region, -1, out_opts(&o, 0));
	for (size_t k = 0; k < pages; k++)
		if (kind_of(k) == WRITTEN)
			*served_page(&s, k) = 0xff;
	ck_assert_int_eq(snap_wait(snapshot), 0);
	after = stats_of(s.ctx);
	ck_assert_uint_eq(snap_progress(snapshot).bytes_source, untouched * s.m.page);
	ck_assert_uint_eq(snap_progress(snapshot).bytes_total, s.m.length);
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	ck_assert_uint_eq(before.faults_missing, after.faults_missing);
	out_is(&o, &s, w->name);
	for (size_t k = 0; k < pages; k++)
		ck_assert_msg(LIBUFFD_PAGE_STATE(page_state(&s, k)) ==
				      (kind_of(k) == UNTOUCHED ? LIBUFFD_PAGE_EMPTY
							       : LIBUFFD_PAGE_CACHED),
			      "%s: page %zu, state %u", w->name, k, page_state(&s, k));
	for (size_t k = 0; k < pages; k++)
		if (kind_of(k) != WRITTEN)
			ck_assert_msg(served_right(&s, k), "%s: page %zu", w->name, k);
	out_free(&o);
	serve_end(&s);
}

static void lazy_pages_come_from_the_source(void)
{
	for (size_t i = 0; i < WAYS; i++)
		of(&ways[i]);
}

TEST_MAIN(lazy_pages_come_from_the_source)
