/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A claim that is given up leaves EMPTY pages, and whoever waited faults again. */
#include "claims.h"

static void abandons(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct toucher t;
	struct served s;

	claims_make(&s, backing, 0, 0, 0);
	claim(&s, 0, n);
	wait_start(&s, &t, 2);
	ck_assert_int_eq(uffd_abandon(s.region, 0, s.m.length), 0);
	expect_state(&s, 0, n, LIBUFFD_PAGE_EMPTY);
	answer(&s); /* its second message: filled by the callback */
	wait_end(&t, first_byte(&s, 2));
	ck_assert_int_eq(atomic_load(&s.calls), 1);
	expect_state(&s, 2, 1, LIBUFFD_PAGE_CACHED);
	ck_assert_int_eq(uffd_abandon(s.region, 0, s.m.page), -ENOLCK);
	ck_assert_int_eq(uffd_abandon(s.region, 2 * s.m.page, s.m.page), -EALREADY);
	serve_end(&s);
}

static void lets_fault_again(void)
{
	each_backing(abandons);
}
TEST_MAIN(lets_fault_again)
