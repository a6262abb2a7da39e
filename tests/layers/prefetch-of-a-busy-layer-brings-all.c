/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A layer that is busy when a page's second part is asked for is asked again: a prefetch that has
 * been over everything has brought every page, and a fault gets its content.
 */
#include "leaves.h"

#define PAGES 256u

static struct leaves ls;

static void brought(enum leaf_kind base, int busy)
{
	struct uffd_source *source;
	struct uffd_prefetch *f;
	struct served s;
	struct leaf *diff;

	memset(&ls, 0, sizeof(ls));
	leaves_add(&ls, base, PAGES * UINT64_C(4096), 4096, 8);
	diff = leaves_add(&ls, LEAF_ANSWERS, PAGES * UINT64_C(4096), 1024, 4);
	atomic_store(&diff->busy, busy);
	leaves_start(&ls);
	source = leaves_open(&ls);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_prefetch_start(&f, s.region, NULL), 0);
	ck_assert_int_eq(uffd_prefetch_wait(f, NULL), 0);
	uffd_prefetch_close(f);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(LIBUFFD_PAGE_STATE(page_state(&s, k)) == LIBUFFD_PAGE_CACHED,
			      "page %zu is in state %u", k, page_state(&s, k));
	leaves_are(&ls, s.m.at, 0, s.m.length, "prefetched");
	serve_end(&s);
	leaves_end(&ls);
}

static void prefetch_of_a_busy_layer_brings_all(void)
{
	brought(LEAF_READS, 5);
	brought(LEAF_ANSWERS, 5);
	brought(LEAF_AT_ONCE, 5);
}

TEST_MAIN(prefetch_of_a_busy_layer_brings_all)
