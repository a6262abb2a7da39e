/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A populated run is in the file; its pages are mapped where somebody waits, and elsewhere their
 * first touch is a MINOR fault that needs no content any more.
 */
#include "claims.h"

static void populates(uint32_t backing)
{
	size_t n = claim_pages(backing), waited = n / 2;
	struct toucher t;
	struct served s;
	uint8_t *alias;

	if (!is_shared(backing))
		return;
	claims_make(&s, backing, 0, 0, 0);
	alias = test_memory_alias(&s.m);
	claim(&s, 0, n);
	ck_assert_int_eq(uffd_populate(s.region, 0, s.content, waited * s.m.page, 0), 0);
	wait_start(&s, &t, waited);
	ck_assert_int_eq(uffd_populate(s.region, waited * s.m.page, s.content + waited * s.m.page,
				       s.m.length - waited * s.m.page, 0),
			 0);
	wait_end(&t, first_byte(&s, waited));
	expect_state(&s, 0, n, LIBUFFD_PAGE_CACHED);
	ck_assert_mem_eq(alias, s.content, s.m.length);
	ck_assert(!page_mapped(served_page(&s, 0)));

	touch_start(&t, served_page(&s, 0), false, 0);
	answer(&s);
	wait_end(&t, first_byte(&s, 0));
	ck_assert_int_eq(atomic_load(&s.calls), 0);
	expect_state(&s, 0, 1, LIBUFFD_PAGE_CACHED);
	munmap(alias, s.m.length);
	serve_end(&s);
}

static void populate_fills_the_file(void)
{
	each_backing(populates);
}
TEST_MAIN(populate_fills_the_file)
