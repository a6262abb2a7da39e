/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The states of 16 TiB of memory are reserved and not resident; using a page makes one page of them
 * resident; more than there is room for is -ENOMEM.
 */
#include "pages.h"

#define PAGES   (UINT64_C(1) << 32)
#define VECTORS (1u << 19) /* pages of memory of 2 GiB of states */

static uint64_t resident(const struct pagestate *ps)
{
	static unsigned char vector[VECTORS];
	uint64_t n = 0;

	ck_assert_int_eq(mincore((void *)ps->words, PAGES / 2, vector), 0);
	for (uint64_t i = 0; i < VECTORS; i++)
		n += vector[i] & 1;
	return n;
}

static void cost_no_memory(void)
{
	struct pagestate ps;
	struct page_run run;

	if (sysconf(_SC_PAGESIZE) != 4096)
		test_skip("counts pages of 4 KiB");
	pages_make(&ps, PAGES);
	ck_assert_uint_eq(resident(&ps), 0);
	ck_assert_int_eq(pagestate_fault(&ps, PAGES - 1, PAGES - 16, PAGES, &run), PAGE_CLAIMED);
	ck_assert(run.first == PAGES - 16 && run.end == PAGES);
	ck_assert_int_eq(pagestate_claim(&ps, 0, 1, &run), 0);
	ck_assert_uint_eq(resident(&ps), 2);
	pagestate_fini(&ps);
	pagestate_fini(&ps);

	ck_assert_int_eq(pagestate_init(&ps, UINT64_C(1) << 62), -ENOMEM);
}
TEST_MAIN(cost_no_memory)
