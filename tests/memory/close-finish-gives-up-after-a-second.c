/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * FINISH does not wait for ever for a claim that nobody completes: after a second it is -EBUSY and
 * the region is as before. (It takes that second.)
 */
#include "claims.h"

static void gives_up(void)
{
	size_t n = claim_pages(LIBUFFD_BACKING_ANON);
	struct toucher t;
	struct served s;

	claims_make(&s, LIBUFFD_BACKING_ANON, 0, 0, 0);
	claim(&s, 1, 1);
	wait_start(&s, &t, 1);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_FINISH), -EBUSY);
	ck_assert_ptr_eq(uffd_region_lookup(s.ctx, s.m.at, NULL), s.region);
	ck_assert(touch_asleep(&t));
	ck_assert_int_eq(uffd_copy(s.region, s.m.page, s.content + s.m.page, s.m.page, 0), 0);
	wait_end(&t, first_byte(&s, 1));
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_FINISH), 0);
	expect_content(&s, 0, n);
	serve_end(&s);
}
TEST_MAIN(gives_up)
