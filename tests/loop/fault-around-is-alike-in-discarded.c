/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A window in which some pages were thrown away is claimed in runs that are alike: zeros for those
 * pages, without a call, and the source's content for the others.
 */
#include "serve.h"

#define PAGES 16

static void fault_around_is_alike_in_discarded(void)
{
	struct served s = {0};

	test_memory_make(&s.m, LIBUFFD_BACKING_ANON, PAGES);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx_flags(0, LIBUFFD_CTX_DISCARDS);
	s.region = serve_region(&s, &s.m, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_discard(s.region, 4 * s.m.page, 3 * s.m.page), 0);
	ck_assert_int_eq(uffd_discard(s.region, 10 * s.m.page, s.m.page), 0);

	ck_assert(all_zero(served_page(&s, 5), s.m.page));
	ck_assert_int_eq(atomic_load(&s.calls), 0);
	serve_settled(&s);
	ck_assert_uint_eq(page_state(&s, 4), LIBUFFD_PAGE_CACHED | LIBUFFD_PAGE_DISCARDED);
	ck_assert_uint_eq(page_state(&s, 3), LIBUFFD_PAGE_EMPTY);
	ck_assert(served_right(&s, 2));
	ck_assert_int_eq(atomic_load(&s.calls), 1);
	ck_assert(served_right(&s, 8));
	ck_assert_uint_eq(page_state(&s, 10), LIBUFFD_PAGE_EMPTY | LIBUFFD_PAGE_DISCARDED);
	for (size_t k = 0; k < PAGES; k++)
		if ((k >= 4 && k < 7) || k == 10)
			ck_assert(all_zero(served_page(&s, k), s.m.page));
		else
			ck_assert(served_right(&s, k));
	serve_settled(&s);
	ck_assert_uint_eq(stats_of(s.ctx).pages_zeroed, 4);
	serve_end(&s);
}

TEST_MAIN(fault_around_is_alike_in_discarded)
