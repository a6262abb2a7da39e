/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A range may be completed when all of it is BUSY; a complete page and an EMPTY one are told apart.
 */
#include "pages.h"

#define PAGES 40

static void expect(char letter, int wanted)
{
	struct pagestate ps;
	struct page_run run;

	for (uint64_t page = 0; page < PAGES; page++) {
		pages_make(&ps, PAGES);
		pages_put(&ps, page, letter);
		while (pagestate_claim(&ps, 0, PAGES, &run) == 0 && letter != 'e')
			;
		if (letter == 'e')
			pagestate_give_up(&ps, page, page + 1, LIBUFFD_PAGE_EMPTY);
		ck_assert_int_eq(pagestate_check_claimed(&ps, 0, PAGES), wanted);
		ck_assert_int_eq(pagestate_check_claimed(&ps, page, page + 1), wanted);
		if (page > 0)
			ck_assert_int_eq(pagestate_check_claimed(&ps, 0, page), 0);
		if (page + 1 < PAGES)
			ck_assert_int_eq(pagestate_check_claimed(&ps, page + 1, PAGES), 0);
		pagestate_fini(&ps);
	}
}

static void names_the_reason(void)
{
	expect('b', 0);
	expect('w', 0);
	expect('B', 0);
	expect('e', -ENOLCK);
	expect('c', -EALREADY);
	expect('C', -EALREADY);
	expect('p', -EALREADY);
}
TEST_MAIN(names_the_reason)
