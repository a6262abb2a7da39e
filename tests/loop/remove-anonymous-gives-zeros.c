/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* MADV_DONTNEED on anonymous memory: zeros from then on, filled before or not, never the source's.
 */
#include "serve.h"

#define PAGES 64

static void remove_anonymous_gives_zeros(void)
{
	struct served s;
	struct uffd_stats stats;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_EVENT_REMOVE, LIBUFFD_MISSING,
	      (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < 32; k++)
		ck_assert(served_right(&s, k));
	/* Half of it filled, half not. */
	ck_assert_int_eq(madvise(served_page(&s, 24), 16 * s.m.page, MADV_DONTNEED), 0);
	for (size_t k = 0; k < PAGES; k++)
		if (k >= 24 && k < 40)
			ck_assert_msg(all_zero(served_page(&s, k), s.m.page), "page %zu", k);
		else
			ck_assert_msg(served_right(&s, k), "page %zu", k);
	/* What is written to it stays until it is thrown away again. */
	memset(served_page(&s, 30), 0x5a, s.m.page);
	ck_assert_int_eq(madvise(served_page(&s, 29), s.m.page, MADV_DONTNEED), 0);
	ck_assert_uint_eq(*served_page(&s, 30), 0x5a);
	ck_assert_int_eq(madvise(served_page(&s, 30), s.m.page, MADV_DONTNEED), 0);
	ck_assert(all_zero(served_page(&s, 30), s.m.page));
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.events_remove, 3);
	ck_assert_uint_eq(stats.pages_copied, PAGES - 8);
	serve_end(&s);
}

TEST_MAIN(remove_anonymous_gives_zeros)
