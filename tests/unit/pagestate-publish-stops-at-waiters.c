/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Publishing goes up to the first page somebody waits for: that one is handed back, still owned,
 * its WAITERS off, and the next call goes on from it.
 */
#include "pages.h"

#define PAGES 40

/* A waiter at every page in turn: no page is published before it has been handed back. */
static void one_waiter(void)
{
	struct pagestate ps;
	struct page_run run;

	for (uint64_t first = 0; first < PAGES; first++) {
		for (uint64_t waiter = first; waiter < PAGES; waiter++) {
			pages_make(&ps, PAGES);
			ck_assert_int_eq(pagestate_claim(&ps, 0, PAGES, &run), 0);
			ck_assert_int_eq(pagestate_fault(&ps, waiter, 0, PAGES, &run), PAGE_WAITS);
			ck_assert_uint_eq(pagestate_publish(&ps, first, PAGES), waiter);
			for (uint64_t p = 0; p < PAGES; p++)
				ck_assert_int_eq(pages_letter(pagestate_get(&ps, p)),
						 p >= first && p < waiter ? 'c' : 'b');
			ck_assert_uint_eq(pagestate_publish(&ps, waiter, PAGES), PAGES);
			for (uint64_t p = 0; p < PAGES; p++)
				ck_assert_int_eq(pages_letter(pagestate_get(&ps, p)),
						 p >= first ? 'c' : 'b');
			pagestate_fini(&ps);
		}
	}
}

static void stops_at_waiters(void)
{
	struct pagestate ps;

	one_waiter();

	pages_make(&ps, PAGES);
	pages_set(&ps, 0, "bbwWBwbbbbbbbbbbWb");
	ck_assert_uint_eq(pagestate_publish(&ps, 0, 18), 2);
	pages_expect(&ps, 0, "ccbWBwbbbbbbbbbbWb");
	/* Somebody else comes before the owner tries again. */
	ck_assert_int_eq(pagestate_fault(&ps, 2, 0, 18, &(struct page_run){0}), PAGE_WAITS);
	ck_assert_uint_eq(pagestate_publish(&ps, 2, 18), 2);
	ck_assert_uint_eq(pagestate_publish(&ps, 2, 18), 3);
	ck_assert_uint_eq(pagestate_publish(&ps, 3, 18), 5);
	pages_expect(&ps, 0, "cccCCbbbbbbbbbbbWb");
	ck_assert_uint_eq(pagestate_publish(&ps, 5, 18), 16);
	ck_assert_uint_eq(pagestate_publish(&ps, 16, 18), 18);
	pages_expect(&ps, 0, "cccCCcccccccccccCceee");
	/* A waiter beyond the end is not this owner's business. */
	pages_set(&ps, 20, "bw");
	ck_assert_uint_eq(pagestate_publish(&ps, 20, 21), 21);
	pages_expect(&ps, 20, "cwee");
	pagestate_fini(&ps);
}
TEST_MAIN(stops_at_waiters)
