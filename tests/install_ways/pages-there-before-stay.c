/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A page that the program had before it made the region stays as it is, whatever brings its
 * neighbours: a fault beside it, a demand or a prefetch of it all, in every way to install.
 */
#include "ways.h"

#define PAGES 16u

static bool is_mine(size_t page)
{
	return page == 0 || page == 5 || page == 6 || page == 11;
}

enum by { BY_FAULT, BY_DEMAND, BY_PREFETCH, BYS };

static void stays(const struct way *w, enum by by)
{
	size_t pages = way_is_huge(w) ? 4 : PAGES;
	struct uffd_source *source;
	struct served s = {0};

	if (!way_has_memory(w, pages))
		return;
	test_memory_make(&s.m, w->backing, pages);
	s.content = content_make(s.m.length);
	for (size_t k = 0; k < pages; k++)
		if (is_mine(k))
			memset(served_page(&s, k), (int)(0x40 + k), s.m.page);
	s.ctx = serve_ctx(0);
	source = plain_source(s.m.length);
	s.region = serve_region(
		&s, &s.m, w->modes,
		way_opts(w, (struct uffd_region_opts){.source = source,
						      .fault_around =
							      w->backing == LIBUFFD_BACKING_ANON ||
									      !way_is_huge(w)
								      ? 65536
								      : 0}));
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	if (by == BY_DEMAND)
		ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	if (by == BY_PREFETCH)
		ck_assert_int_eq(way_prefetch(&s), 0);
	for (size_t k = pages; k-- > 0;) {
		size_t wrong = 0;

		for (size_t i = 0; i < s.m.page; i++)
			wrong += served_page(&s, k)[i] !=
				 (is_mine(k) ? 0x40 + k : s.content[k * s.m.page + i]);
		ck_assert_msg(!wrong, "%s, by %d: page %zu has %zu wrong bytes", w->name, (int)by,
			      k, wrong);
	}
	serve_end(&s);
}

static void pages_there_before_stay(void)
{
	for (size_t i = 0; i < WAYS; i++)
		for (enum by by = 0; by < BYS; by++)
			stays(&ways[i], by);
}

TEST_MAIN(pages_there_before_stay)
