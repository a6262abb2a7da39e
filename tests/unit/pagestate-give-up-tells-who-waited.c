/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Giving up leaves EMPTY or POISONED, keeps DISCARDED, takes WAITERS off and says if there were. */
#include "pages.h"

#define PAGES 40

static void by_offset(uint64_t first, uint64_t end, unsigned int state, char letter)
{
	struct pagestate ps;
	struct page_run run;

	pages_make(&ps, PAGES);
	ck_assert_int_eq(pagestate_claim(&ps, 0, PAGES, &run), 0);
	/* Waiters just outside are left alone. */
	if (first > 0)
		pagestate_fault(&ps, first - 1, 0, PAGES, &run);
	if (end < PAGES)
		pagestate_fault(&ps, end, 0, PAGES, &run);
	ck_assert(!pagestate_give_up(&ps, first, end, state));
	for (uint64_t p = 0; p < PAGES; p++)
		ck_assert_int_eq(pages_letter(pagestate_get(&ps, p)), p >= first && p < end ? letter
								      : p + 1 == first || p == end
									      ? 'w'
									      : 'b');
	pagestate_fini(&ps);

	pages_make(&ps, PAGES);
	ck_assert_int_eq(pagestate_claim(&ps, 0, PAGES, &run), 0);
	pagestate_fault(&ps, first + (end - first) / 2, 0, PAGES, &run);
	ck_assert(pagestate_give_up(&ps, first, end, state));
	ck_assert(!pagestate_has_waiters(&ps, 0, PAGES));
	pagestate_fini(&ps);
}

static void tells_who_waited(void)
{
	struct pagestate ps;

	for (uint64_t first = 0; first < PAGES; first++) {
		for (uint64_t end = first + 1; end <= PAGES; end++) {
			by_offset(first, end, LIBUFFD_PAGE_EMPTY, 'e');
			by_offset(first, end, LIBUFFD_PAGE_POISONED, 'p');
		}
	}
	pages_make(&ps, PAGES);
	pages_set(&ps, 14, "BWbw");
	ck_assert(pagestate_give_up(&ps, 14, 18, LIBUFFD_PAGE_EMPTY));
	pages_expect(&ps, 13, "eEEeee");
	pagestate_fini(&ps);
}
TEST_MAIN(tells_who_waited)
