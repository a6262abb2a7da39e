/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Memory that the program has made read-only is brought in every way to install, and stays
 * read-only; when it may be written again it is ordinary memory.
 */
#include "ways.h"

static void brought(const struct way *w, bool prefetch)
{
	size_t pages = way_is_huge(w) ? 2 : 1024;
	struct uffd_source *source;
	struct served s = {0};
	struct toucher t;

	if (!way_has_memory(w, pages))
		return;
	if (w->backing == LIBUFFD_BACKING_ANON)
		way_aligned(&s.m, pages * 4096, 0, -1, 0);
	else
		test_memory_make(&s.m, w->backing, pages);
	s.content = content_make(s.m.length);
	ck_assert_int_eq(mprotect(s.m.at, s.m.length, PROT_READ), 0);
	s.ctx = serve_ctx(0);
	source = file_source(s.content, s.m.length);
	s.region = serve_region(&s, &s.m, w->modes,
				way_opts(w, (struct uffd_region_opts){.source = source}));
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	if (prefetch)
		ck_assert_int_eq(way_prefetch(&s), 0);
	way_right(&s, s.content, w->name);
	touch_start(&t, served_page(&s, 1), true, 1);
	ck_assert_int_eq(touch_join(&t), TOUCH_SIGSEGV);
	ck_assert_int_eq(mprotect(s.m.at, s.m.length, PROT_READ | PROT_WRITE), 0);
	way_right(&s, s.content, w->name);
	memset(s.m.at, 0x21, s.m.length);
	ck_assert_uint_eq(stats_of(s.ctx).source_errors, 0);
	serve_end(&s);
}

static void memory_that_cannot_be_written(void)
{
	for (size_t i = 0; i < WAYS; i++) {
		brought(&ways[i], false);
		brought(&ways[i], true);
	}
}

TEST_MAIN(memory_that_cannot_be_written)
