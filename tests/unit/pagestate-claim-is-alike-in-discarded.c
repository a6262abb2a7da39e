/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A claimed run is DISCARDED from end to end, or nowhere, wherever the words begin and end. */
#include "pages.h"

#define PAGES 50

static void alike_in_discarded(void)
{
	struct pagestate ps;
	struct page_run run;

	for (uint64_t first = 0; first < PAGES; first++) {
		for (uint64_t end = first + 1; end <= PAGES; end++) {
			pages_make(&ps, PAGES);
			ck_assert_uint_eq(pagestate_discard(&ps, first, end, DISCARD_ALL),
					  end - first);
			/* The marked run, by a fault in it, then what is around it, by claims. */
			ck_assert_int_eq(pagestate_fault(&ps, end - 1, 0, PAGES, &run),
					 PAGE_CLAIMED);
			ck_assert(run.first == first && run.end == end && run.discarded);
			if (first > 0) {
				ck_assert_int_eq(pagestate_claim(&ps, 0, PAGES, &run), 0);
				ck_assert(run.first == 0 && run.end == first && !run.discarded);
			}
			if (end < PAGES) {
				ck_assert_int_eq(pagestate_claim(&ps, 0, PAGES, &run), 0);
				ck_assert(run.first == end && run.end == PAGES && !run.discarded);
			}
			ck_assert_int_eq(pagestate_claim(&ps, 0, PAGES, &run), -EBUSY);
			pagestate_fini(&ps);

			/* A fault outside does not reach in; a claim of all stops at the edge. */
			pages_make(&ps, PAGES);
			pagestate_discard(&ps, first, end, DISCARD_NOT_CACHED);
			if (first > 0) {
				ck_assert_int_eq(pagestate_fault(&ps, 0, 0, PAGES, &run),
						 PAGE_CLAIMED);
				ck_assert(run.first == 0 && run.end == first && !run.discarded);
			}
			ck_assert_int_eq(pagestate_claim(&ps, 0, PAGES, &run), 0);
			ck_assert(run.first == first && run.end == end && run.discarded);
			pagestate_fini(&ps);
		}
	}
}
TEST_MAIN(alike_in_discarded)
