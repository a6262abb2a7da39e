/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Pages of lazily filled memory that were thrown away before the instant, brought before that or
 * not, are zeros in the snapshot and holes in its file; when they are touched while it runs that is
 * no reason to fail. What has been written to one since is there.
 */
#include "lazy.h"

enum { EMPTY, EMPTY_DISCARDED, DISCARDED, WRITTEN_SINCE, CACHED, KINDS_OF_PAGE };

static unsigned int kind_of(size_t page)
{
	return page % KINDS_OF_PAGE;
}

static bool is_thrown_away(size_t page)
{
	return kind_of(page) == EMPTY_DISCARDED || kind_of(page) == DISCARDED ||
	       kind_of(page) == WRITTEN_SINCE;
}

static void throw_away(struct served *s, const struct way *w, size_t page)
{
	bool shared = w->backing == LIBUFFD_BACKING_SHMEM || w->backing == LIBUFFD_BACKING_HUGETLB;

	ck_assert_int_eq(uffd_discard(s->region, page * s->m.page, s->m.page), 0);
	ck_assert_int_eq(
		madvise(served_page(s, page), s->m.page, shared ? MADV_REMOVE : MADV_DONTNEED), 0);
	memset(s->content + page * s->m.page, 0, s->m.page);
}

static void prepare(struct served *s, const struct way *w, size_t pages)
{
	for (size_t k = 0; k < pages; k++)
		if (kind_of(k) == DISCARDED || kind_of(k) == WRITTEN_SINCE || kind_of(k) == CACHED)
			ck_assert(served_right(s, k));
	serve_settled(s);
	for (size_t k = 0; k < pages; k++)
		if (is_thrown_away(k))
			throw_away(s, w, k);
	for (size_t k = 0; k < pages; k++)
		if (kind_of(k) == WRITTEN_SINCE)
			snap_fill(s, k, 0x5a);
}

static void of(const struct way *w)
{
	size_t pages = way_is_huge(w) ? 10 : 500;
	struct uffd_snapshot *snapshot;
	struct toucher t[2];
	struct served s;
	struct out o;

	if (!way_has_memory(w, pages))
		return;
	lazy_serve(&s, w, pages, LIBUFFD_CTX_DISCARDS,
		   (struct uffd_region_opts){.fault_around = 4096});
	prepare(&s, w, pages);
	out_make(&o, s.m.length, true);
	snapshot =
		snap_begin(s.region, -1, out_opts(&o, way_is_huge(w) ? 4 * s.m.page : SNAP_LEAST));
	/* Of those that the sweep comes to last. */
	touch_start(&t[0], served_page(&s, pages - KINDS_OF_PAGE + DISCARDED), false, 0);
	touch_start(&t[1], served_page(&s, pages - 2 * KINDS_OF_PAGE + DISCARDED), true, 0xee);
	out_entered(&o);
	out_shut(&o, false);
	ck_assert_int_eq(touch_join(&t[0]), TOUCH_DONE);
	ck_assert_uint_eq(t[0].value, 0);
	ck_assert_int_eq(touch_join(&t[1]), TOUCH_DONE);
	ck_assert_msg(snap_wait(snapshot) == 0, "%s: %d", w->name, snap_wait(snapshot));
	ck_assert_int_eq(uffd_snapshot_close(snapshot), 0);
	out_is(&o, &s, w->name);
	for (size_t k = 0; k < pages; k++)
		if (kind_of(k) == EMPTY_DISCARDED || kind_of(k) == DISCARDED)
			ck_assert_uint_eq(o.times[k * s.m.page], 0);
	out_free(&o);
	serve_end(&s);
}

static void discarded_page_is_zeros(void)
{
	for (size_t i = 0; i < WAYS; i++)
		of(&ways[i]);
}

TEST_MAIN(discarded_page_is_zeros)
