/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A callback's error while finishing is the answer; the region is as before, a thread that waits
 * still waits, and a later try succeeds.
 */
#include "failing.h"

static void ends_nothing(void)
{
	size_t n = claim_pages(LIBUFFD_BACKING_ANON);
	struct toucher t;
	struct served s;

	failing_make(&s, LIBUFFD_BACKING_ANON, LIBUFFD_ON_ERROR_HOLD, 0);
	claim(&s, 0, 2);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, 2 * s.m.page, 0), 0);
	touch_start(&t, served_page(&s, 3), false, 0);
	ck_assert(touch_asleep(&t));
	atomic_store(&failing, -EIO);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_FINISH), -EIO);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_FINISH), -EIO);
	ck_assert_ptr_eq(uffd_region_lookup(s.ctx, s.m.at, NULL), s.region);
	ck_assert(touch_asleep(&t));
	expect_state(&s, 2, n - 2, LIBUFFD_PAGE_EMPTY);
	atomic_store(&failing, 0);
	answer(&s);
	wait_end(&t, first_byte(&s, 3));
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_FINISH), 0);
	expect_content(&s, 0, n);
	serve_end(&s);
}
TEST_MAIN(ends_nothing)
