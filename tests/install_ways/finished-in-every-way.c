/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region that is removed with FINISH, or a context closed so, has all its content, in every way
 * to install: what had been brought, what is brought then, and what was discarded as zeros.
 */
#include "ways.h"

static void finished(const struct way *w, bool by_context)
{
	size_t pages = way_is_huge(w) ? 3 : 300;
	struct uffd_source *source;
	struct served s;

	if (!way_has_memory(w, pages))
		return;
	source = plain_source(pages * (way_is_huge(w) ? WAYS_HUGE : 4096));
	way_serve_discards(&s, w, pages, 0, (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_demand(s.region, s.m.page, s.m.page, NULL), 0);
	ck_assert_int_eq(uffd_discard(s.region, 2 * s.m.page, s.m.page), 0);
	memset(s.content + 2 * s.m.page, 0, s.m.page);
	if (by_context) {
		ck_assert_int_eq(uffd_loop_close(s.loop), 0);
		ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_FINISH), 0);
	} else {
		ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_FINISH), 0);
	}
	/* Nobody serves it any more. */
	way_right(&s, s.content, w->name);
	if (!by_context) {
		serve_end(&s);
	} else {
		munmap(s.content, s.m.length);
		test_memory_free(&s.m);
	}
}

static void finished_in_every_way(void)
{
	for (size_t i = 0; i < WAYS; i++) {
		finished(&ways[i], false);
		finished(&ways[i], true);
	}
}

TEST_MAIN(finished_in_every_way)
