/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A claim, for a fault or not, takes exactly the EMPTY pages next to each other within the window,
 * wherever the words begin and end.
 */
#include "pages.h"

#define PAGES 40

/* Everything CACHED but [first, end). */
static void prepare(struct pagestate *ps, uint64_t first, uint64_t end)
{
	struct page_run run;

	pages_make(ps, PAGES);
	pagestate_claim(ps, 0, PAGES, &run);
	pagestate_publish(ps, 0, PAGES);
	/* Published, thrown away, fetched again: only a claim that was given up is plainly EMPTY.
	 */
	for (uint64_t p = first; p < end; p++)
		pagestate_fault(ps, p, p, p + 1, &run);
	pagestate_give_up(ps, first, end, LIBUFFD_PAGE_EMPTY);
}

static void expect_owned(const struct pagestate *ps, const struct page_run *run, uint64_t first,
			 uint64_t end, uint64_t fault)
{
	ck_assert_msg(run->first == first && run->end == end, "[%d, %d), expected [%d, %d)",
		      (int)run->first, (int)run->end, (int)first, (int)end);
	ck_assert(!run->discarded);
	for (uint64_t p = first; p < end; p++)
		if (pages_letter(pagestate_get(ps, p)) != (p == fault ? 'w' : 'b'))
			ck_abort_msg("page %d is %x", (int)p, pagestate_get(ps, p));
	ck_assert_int_eq(pagestate_check_claimed(ps, first, end), 0);
}

static void by_fault(uint64_t first, uint64_t end, uint64_t page)
{
	struct pagestate ps;
	struct page_run run;

	/* The window reaches beyond the run, then ends within it. */
	prepare(&ps, first, end);
	ck_assert_int_eq(pagestate_fault(&ps, page, 0, PAGES, &run), PAGE_CLAIMED);
	expect_owned(&ps, &run, first, end, page);
	pagestate_fini(&ps);

	prepare(&ps, first, end);
	ck_assert_int_eq(pagestate_fault(&ps, page, page, page + 1, &run), PAGE_CLAIMED);
	expect_owned(&ps, &run, page, page + 1, page);
	ck_assert_int_eq(pagestate_find_busy(&ps, page + 1), PAGES);
	pagestate_fini(&ps);
}

static void by_claim(uint64_t first, uint64_t end)
{
	struct pagestate ps;
	struct page_run run;
	uint64_t middle = first + (end - first) / 2;

	prepare(&ps, first, end);
	ck_assert_int_eq(pagestate_claim(&ps, 0, PAGES, &run), 0);
	expect_owned(&ps, &run, first, end, PAGES);
	pagestate_fini(&ps);

	/* Asked for from the middle on: nothing before it. */
	prepare(&ps, first, end);
	ck_assert_int_eq(pagestate_claim(&ps, middle, PAGES, &run), 0);
	expect_owned(&ps, &run, middle, end, PAGES);
	if (middle > first) {
		ck_assert_int_eq(pagestate_claim(&ps, 0, middle, &run), 0);
		expect_owned(&ps, &run, first, middle, PAGES);
	}
	pagestate_fini(&ps);
}

static void takes_the_empty_run(void)
{
	for (uint64_t first = 0; first < PAGES; first++) {
		for (uint64_t end = first + 1; end <= PAGES; end++) {
			by_claim(first, end);
			by_fault(first, end, first);
			by_fault(first, end, end - 1);
			by_fault(first, end, first + (end - first) / 2);
		}
	}
}
TEST_MAIN(takes_the_empty_run)
