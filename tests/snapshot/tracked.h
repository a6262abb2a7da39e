/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A region whose writes are tracked, and what is dirty in it. */
#ifndef SNAPSHOT_TRACKED_H
#define SNAPSHOT_TRACKED_H

#include "snap.h"

#define TRACKED_MOST 4096u /* pages */

static inline struct uffd_dirty *track(struct uffd_region *r)
{
	const struct uffd_dirty_opts opts = {.size = sizeof(opts), .method = LIBUFFD_DIRTY_SYNC};
	struct uffd_dirty *d = NULL;

	ck_assert_int_eq(uffd_dirty_start(&d, r, &opts), 0);
	return d;
}

/* Collects, and sets which pages are dirty; how many. */
static inline size_t collect(struct uffd_dirty *d, const struct served *s, bool *is_dirty)
{
	struct uffd_range ranges[64];
	uint64_t offset = 0;
	size_t count = 0;

	memset(is_dirty, 0, s->m.length / s->m.page * sizeof(*is_dirty));
	while (offset < s->m.length) {
		int64_t n = uffd_dirty_collect(d, &offset, ranges, 64);

		ck_assert_int_ge(n, 0);
		for (int64_t i = 0; i < n; i++)
			for (uint64_t at = 0; at < ranges[i].length; at += s->m.page) {
				is_dirty[(ranges[i].offset + at) / s->m.page] = true;
				count++;
			}
	}
	return count;
}

/* Whether page is dirty, which it is not any more then. */
static inline bool collected(struct uffd_dirty *d, const struct served *s, size_t page)
{
	bool is_dirty[TRACKED_MOST];

	collect(d, s, is_dirty);
	return is_dirty[page];
}

/* Layers, the base first, put together are what the memory ought to be. */
static inline void layers_are(const int *fds, size_t count, const struct served *s,
			      const char *what)
{
	struct uffd_source *layers[LIBUFFD_LAYERS_MAX], *source;
	struct uffd_region *region;
	struct uffd_loop *loop;
	struct test_memory m;
	struct uffd_ctx *ctx;

	for (size_t i = 0; i < count; i++)
		ck_assert_int_eq(uffd_source_open_fd(&layers[i], fds[i], NULL), 0);
	ck_assert_int_eq(uffd_source_open_layers(&source, layers, count), 0);
	for (size_t i = 0; i < count; i++)
		uffd_source_close(layers[i]);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, s->m.length / 4096);
	ctx = serve_ctx(0);
	region = NULL;
	ck_assert_int_eq(
		uffd_region_add(&region, ctx, m.at, m.length, LIBUFFD_MISSING,
				&(struct uffd_region_opts){.size = sizeof(struct uffd_region_opts),
							   .source = source}),
		0);
	uffd_source_close(source);
	loop = serve_start(ctx, NULL);
	for (size_t k = 0; k * s->m.page < s->m.length; k++)
		if (memcmp((uint8_t *)m.at + k * s->m.page, s->content + k * s->m.page, s->m.page))
			ck_abort_msg("%s: %zu layers: page %zu is wrong", what, count, k);
	ck_assert_int_eq(uffd_loop_close(loop), 0);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

#endif
