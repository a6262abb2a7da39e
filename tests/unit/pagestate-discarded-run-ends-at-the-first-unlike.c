/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* An owner is told how far the pages are alike in DISCARDED: never too far, never zero pages. */
#include "pages.h"

#define PAGES 36

static void ends_at_the_first_unlike(void)
{
	struct pagestate ps;
	struct page_run run;
	bool discarded;

	for (uint64_t first = 0; first < PAGES; first++) {
		for (uint64_t end = first + 1; end <= PAGES; end++) {
			pages_make(&ps, PAGES);
			ck_assert_int_eq(pagestate_claim(&ps, 0, PAGES, &run), 0);
			pagestate_discard(&ps, first, end, DISCARD_ALL);
			for (uint64_t p = 0; p < PAGES; p++) {
				uint64_t stop = p < first ? first : p < end ? end : PAGES;
				bool in = p >= first && p < end;

				ck_assert_uint_eq(
					pagestate_discarded_run(&ps, p, PAGES, &discarded), stop);
				ck_assert_int_eq(discarded, in);
				/* The question may end earlier. */
				ck_assert_uint_eq(
					pagestate_discarded_run(&ps, p, p + 1, &discarded), p + 1);
				ck_assert_int_eq(discarded, in);
			}
			pagestate_fini(&ps);
		}
	}
}
TEST_MAIN(ends_at_the_first_unlike)
