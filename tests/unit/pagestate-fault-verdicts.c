/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What a fault does in every state a page can have, and that it leaves the neighbours alone. */
#include "pages.h"

static void verdict(char from, enum page_verdict wanted, char to, bool discarded)
{
	struct pagestate ps;
	struct page_run run = {99, 99, false};

	for (uint64_t page = 1; page < 34; page++) {
		char before[] = {from, from, from, '\0'}, after[] = {from, to, from, '\0'};

		pages_make(&ps, 35);
		pages_set(&ps, page - 1, before);
		ck_assert_int_eq(pagestate_fault(&ps, page, page, page + 1, &run), wanted);
		pages_expect(&ps, page - 1, after);
		if (wanted != PAGE_WAITS)
			ck_assert(run.first == page && run.end == page + 1 &&
				  run.discarded == discarded);
		/* Again: the owner is told once more, never twice. */
		ck_assert_int_eq(pagestate_fault(&ps, page, page, page + 1, &run), PAGE_WAITS);
		pages_expect(&ps, page - 1, after);
		pagestate_fini(&ps);
	}
}

static void fault_verdicts(void)
{
	verdict('e', PAGE_CLAIMED, 'w', false);
	verdict('E', PAGE_CLAIMED, 'W', true);
	verdict('b', PAGE_WAITS, 'w', false);
	verdict('B', PAGE_WAITS, 'W', true);
	verdict('w', PAGE_WAITS, 'w', false);
	verdict('W', PAGE_WAITS, 'W', true);
	verdict('c', PAGE_RECLAIMED, 'w', false);
	verdict('C', PAGE_RECLAIMED, 'W', true);
	verdict('p', PAGE_IS_POISONED, 'w', false);
	verdict('P', PAGE_IS_POISONED, 'W', true);
}
TEST_MAIN(fault_verdicts)
