/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A claimed run that is copied has its bytes in every page, and whoever waits for one goes on. */
#include "claims.h"

static void copy(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct toucher first, last;
	struct served s;

	claims_make(&s, backing, 0, 0, 0);
	claim(&s, 1, n - 2);
	expect_state(&s, 1, n - 2, LIBUFFD_PAGE_BUSY);
	wait_start(&s, &first, 1);
	wait_start(&s, &last, n - 2);
	ck_assert_int_eq(uffd_copy(s.region, s.m.page, s.content + s.m.page, (n - 2) * s.m.page, 0),
			 0);
	expect_state(&s, 1, n - 2, LIBUFFD_PAGE_CACHED);
	wait_end(&first, first_byte(&s, 1));
	wait_end(&last, first_byte(&s, n - 2));
	expect_content(&s, 1, n - 2);
	expect_state(&s, 0, 1, LIBUFFD_PAGE_EMPTY);
	expect_state(&s, n - 1, 1, LIBUFFD_PAGE_EMPTY);

	/* In pieces, the last first. */
	claim(&s, 0, 1);
	claim(&s, n - 1, 1);
	ck_assert_int_eq(uffd_copy(s.region, (n - 1) * s.m.page, s.content + (n - 1) * s.m.page,
				   s.m.page, 0),
			 0);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.page, 0), 0);
	expect_content(&s, 0, n);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), 0);
	serve_end(&s);
}

static void copy_brings_the_bytes(void)
{
	each_backing(copy);
}
TEST_MAIN(copy_brings_the_bytes)
