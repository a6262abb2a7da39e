/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the program had in memory before it made a lazily filled region of it stays as it is, and
 * that is what a snapshot has; of the rest it has the source's. So too where a callback brings what
 * is missing, and in an incremental one what was written to them.
 */
#include "lazy.h"

static bool was_there(size_t page)
{
	return page % 7 < 3;
}

static void have_some(struct served *s, size_t pages)
{
	for (size_t k = 0; k < pages; k++)
		if (was_there(k))
			snap_fill(s, k, (uint8_t)(k % 100 + 100));
}

static void of(const struct way *w, bool callback)
{
	size_t pages = way_is_huge(w) ? 10 : 300, page = way_is_huge(w) ? WAYS_HUGE : 4096;
	struct uffd_region_opts opts = {.fault_around = 4096};
	struct uffd_source *source = callback ? NULL : plain_source(pages * page);
	struct served s = {0};
	struct out o;

	if (!way_has_memory(w, pages)) {
		uffd_source_close(source);
		return;
	}
	test_memory_make(&s.m, w->backing, pages);
	s.content = content_make(s.m.length);
	have_some(&s, pages);
	s.ctx = serve_ctx(SNAP_WP);
	opts.source = source;
	s.region =
		serve_region(&s, &s.m, w->modes | LIBUFFD_WP, callback ? opts : way_opts(w, opts));
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	out_make(&o, s.m.length, false);
	ck_assert_int_eq(snap_end(snap_begin(s.region, -1, out_opts(&o, 0))), 0);
	out_is(&o, &s, w->name);
	for (size_t k = 0; k < pages; k++)
		ck_assert_msg(served_right(&s, k), "%s: page %zu in memory", w->name, k);
	out_free(&o);
	serve_end(&s);
}

static void pages_from_before_the_region(void)
{
	for (size_t i = 0; i < WAYS; i++) {
		of(&ways[i], false);
		if (ways[i].install == LIBUFFD_INSTALL_COPY)
			of(&ways[i], true);
	}
}

TEST_MAIN(pages_from_before_the_region)
