/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Content that a source brings, in every way to install and for whatever reason, is not dirty; the
 * write that asked for it, and any later one, is seen.
 */
#include "../install_ways/ways.h"
#include "tracked.h"

#define PAGES 1024u

static void way_tracked(struct tracked *t, uint32_t method, const struct way *w,
			struct uffd_source **source, size_t pages)
{
	memset(t, 0, sizeof(*t));
	t->method = method;
	snprintf(t->name, sizeof(t->name), "%s, %s", track_method_name(method), w->name);
	test_memory_make(&t->s.m, w->backing, pages);
	t->s.content = content_make(t->s.m.length);
	t->s.ctx = serve_ctx(track_features(method));
	ck_assert_int_eq(uffd_source_open_memory(source, t->s.content, t->s.m.length), 0);
	t->s.region = serve_region(&t->s, &t->s.m, w->modes | LIBUFFD_WP,
				   way_opts(w, (struct uffd_region_opts){.source = *source}));
	t->s.loop = serve_start(t->s.ctx, NULL);
}

static void brought(uint32_t method, const struct way *w)
{
	size_t pages = way_is_huge(w) ? 6 : PAGES;
	struct uffd_prefetch *prefetch;
	struct uffd_source *source;
	struct tracked t;

	if (!way_has_memory(w, 6))
		return;
	way_tracked(&t, method, w, &source, pages);
	track_start(&t);
	/* A read, a write: neighbours come along with both. */
	ck_assert(served_right(&t.s, 0));
	EXPECT_DIRTY(&t, "");
	track_write(&t, pages / 2);
	if (pages > 64)
		EXPECT_DIRTY(&t, "512");
	else
		EXPECT_DIRTY(&t, "3");
	ck_assert_int_eq(uffd_demand(t.s.region, t.s.m.page, 4 * t.s.m.page, NULL), 0);
	EXPECT_DIRTY(&t, "");
	track_write(&t, 2);
	EXPECT_DIRTY(&t, "2");
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, t.s.region, NULL), 0);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	uffd_prefetch_close(prefetch);
	EXPECT_DIRTY(&t, "");
	++t.s.content[pages / 2 * t.s.m.page];
	++t.s.content[2 * t.s.m.page];
	ck_assert_msg(memcmp(t.s.m.at, t.s.content, t.s.m.length) == 0, "%s: wrong bytes", t.name);
	EXPECT_DIRTY(&t, "");
	track_write(&t, 5);
	track_write(&t, 4);
	EXPECT_DIRTY(&t, "4-5");
	EXPECT_DIRTY(&t, "");
	ck_assert_uint_eq(stats_of(t.s.ctx).pages_moved, 0);
	uffd_source_close(source);
	track_end(&t);
}

static void content_of_a_source_is_not_dirty(void)
{
	for (size_t k = 0; k < WAYS; k++) {
		brought(LIBUFFD_DIRTY_ASYNC, &ways[k]);
		brought(LIBUFFD_DIRTY_SYNC, &ways[k]);
	}
}

TEST_MAIN(content_of_a_source_is_not_dirty)
