/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A source that ends within the region's last page, and a region that begins within the source:
 * what a snapshot takes from it ends with zeros, though the buffer had something else in it before.
 */
#include "lazy.h"

#define BEGINS 777u

static void of(const struct way *w, size_t pages)
{
	size_t page = way_is_huge(w) ? WAYS_HUGE : 4096, has = pages * page - page + 123;
	struct uffd_snapshot *snapshot;
	struct served s;
	struct out o;

	if (!way_has_memory(w, pages))
		return;
	lazy_make(&s, w, pages, 0, 0, plain_source(BEGINS + has),
		  (struct uffd_region_opts){.source_offset = BEGINS});
	content_write(s.content, BEGINS, has);
	memset(s.content + has, 0, s.m.length - has);
	s.loop = serve_start(s.ctx, NULL);
	out_make(&o, s.m.length, false);
	snapshot = snap_begin(s.region, -1, out_opts(&o, 0));
	ck_assert_int_eq(snap_end(snapshot), 0);
	out_is(&o, &s, w->name);
	out_free(&o);
	serve_end(&s);
}

static void source_ends_within_the_last_page(void)
{
	for (size_t i = 0; i < WAYS; i++) {
		of(&ways[i], 1);
		of(&ways[i], way_is_huge(&ways[i]) ? 5 : 70);
		if (!way_is_huge(&ways[i]))
			of(&ways[i], 5000);
	}
}

TEST_MAIN(source_ends_within_the_last_page)
