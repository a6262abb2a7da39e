/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Pages that can never come again are POISONED at once; a BUSY one is left for its owner. */
#include "pages.h"

static void spares_the_owner(void)
{
	struct pagestate ps;
	struct page_run run;

	pages_make(&ps, 48);
	pages_set(&ps, 12, "ebwcpEBWCP");
	pagestate_retire(&ps, 12, 22);
	pages_expect(&ps, 11, "epbwppPBWPPe");
	ck_assert_int_eq(pagestate_claim(&ps, 12, 13, &run), -EALREADY);
	/* The owner finds out and says so. */
	ck_assert(pagestate_give_up(&ps, 13, 15, LIBUFFD_PAGE_POISONED));
	pages_expect(&ps, 11, "eppppp");
	pagestate_retire(&ps, 0, 48);
	ck_assert_uint_eq(pagestate_find_unfilled(&ps, 0), 18);
	pagestate_fini(&ps);
}
TEST_MAIN(spares_the_owner)
