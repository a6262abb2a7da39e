/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A discard marks what is EMPTY or BUSY; what is complete goes back to EMPTY on anonymous memory
 * and stays on shared memory; the count is of pages that were not marked before.
 */
#include "pages.h"

static void discard_rules(void)
{
	struct pagestate ps;

	pages_make(&ps, 64);
	pages_set(&ps, 10, "ebwcpEBWCP");
	ck_assert_uint_eq(pagestate_discard(&ps, 10, 20, DISCARD_ALL), 5);
	pages_expect(&ps, 9, "eEBWEEEBWEEe");
	ck_assert_uint_eq(pagestate_discard(&ps, 10, 20, DISCARD_ALL), 0);
	pages_expect(&ps, 9, "eEBWEEEBWEEe");
	pagestate_fini(&ps);

	pages_make(&ps, 64);
	pages_set(&ps, 10, "ebwcpEBWCP");
	ck_assert_uint_eq(pagestate_discard(&ps, 10, 20, DISCARD_NOT_CACHED), 3);
	pages_expect(&ps, 9, "eEBWcpEBWCPe");
	pagestate_fini(&ps);

	/* Every stretch, over the edges of words, and not a page more. */
	for (uint64_t first = 0; first < 40; first++) {
		for (uint64_t end = first; end <= 40; end++) {
			pages_make(&ps, 40);
			ck_assert_uint_eq(pagestate_discard(&ps, first, end, DISCARD_ALL),
					  end - first);
			for (uint64_t p = 0; p < 40; p++)
				ck_assert_int_eq(pages_letter(pagestate_get(&ps, p)),
						 p >= first && p < end ? 'E' : 'e');
			pagestate_fini(&ps);
		}
	}
}
TEST_MAIN(discard_rules)
