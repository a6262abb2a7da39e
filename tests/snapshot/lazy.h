/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Memory that is filled lazily from a source while it is saved, in every way to install. */
#ifndef LAZY_H
#define LAZY_H

#include "../install_ways/ways.h"
#include "held.h"
#include "out.h"

/* s->content is what source has, which is closed here; no loop yet. */
static inline void lazy_make(struct served *s, const struct way *w, size_t pages, uint64_t features,
			     uint32_t ctx_flags, struct uffd_source *source,
			     struct uffd_region_opts opts)
{
	memset(s, 0, sizeof(*s));
	test_memory_make(&s->m, w->backing, pages);
	s->content = content_make(s->m.length);
	s->ctx = serve_ctx_flags(features | SNAP_WP, ctx_flags);
	opts.source = source;
	s->region = serve_region(s, &s->m, w->modes | LIBUFFD_WP, way_opts(w, opts));
	uffd_source_close(source);
}

/* The same with a loop, of a source that answers at once. */
static inline void lazy_serve(struct served *s, const struct way *w, size_t pages,
			      uint32_t ctx_flags, struct uffd_region_opts opts)
{
	size_t page = way_is_huge(w) ? WAYS_HUGE : 4096;

	lazy_make(s, w, pages, 0, ctx_flags, plain_source(pages * page), opts);
	s->loop = serve_start(s->ctx, NULL);
}

/* Anonymous memory from a held source, a page a fault. */
static inline void lazy_serve_held(struct served *s, struct held *h, size_t pages,
				   uint32_t ctx_flags)
{
	lazy_make(s, &ways[0], pages, 0, ctx_flags, held_open(h, pages * 4096),
		  (struct uffd_region_opts){.fault_around = 4096});
	s->loop = serve_start(s->ctx, NULL);
}

/* Answers everything from now on, until the snapshot is over; what wait says. */
static inline int lazy_finish(struct held *h, struct uffd_snapshot *snapshot)
{
	int ret;

	do {
		struct timespec deadline;

		/* A read may have been on its way to the list just then. */
		held_release(h);
		clock_gettime(CLOCK_MONOTONIC, &deadline);
		deadline.tv_nsec += 10000000;
		if (deadline.tv_nsec >= 1000000000) {
			deadline.tv_sec++;
			deadline.tv_nsec -= 1000000000;
		}
		ret = uffd_snapshot_wait(snapshot, &deadline);
	} while (ret == -ETIMEDOUT);
	return ret;
}

/* Brings pages, at once. */
static inline void lazy_bring(struct served *s, struct held *h, size_t first, size_t end)
{
	bool before = atomic_exchange(&h->at_once, true);

	for (size_t k = first; k < end; k++)
		ck_assert_uint_eq(*(volatile uint8_t *)served_page(s, k),
				  s->content[k * s->m.page]);
	serve_settled(s);
	atomic_store(&h->at_once, before);
}

#endif
