/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * As long as a claim is outstanding nothing ends, whatever was asked for, and nothing is lost: the
 * claim can still be completed, and its waiters are served.
 */
#include "claims.h"

static void refuses(uint32_t how)
{
	struct toucher t;
	struct served s;
	int fd = -1;

	claims_make(&s, LIBUFFD_BACKING_ANON, 0, 0, 0);
	claim(&s, 1, 2);
	wait_start(&s, &t, 2);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, how), -EBUSY);
	ck_assert_int_eq(uffd_ctx_release(s.ctx, &fd), -EBUSY);
	ck_assert_int_eq(fd, -1);
	ck_assert_int_eq(uffd_region_remove(s.region, how), -EBUSY);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP + 1), -EINVAL);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP + 1), -EINVAL);
	ck_assert(touch_asleep(&t));
	ck_assert_ptr_eq(uffd_region_lookup(s.ctx, s.m.at, NULL), s.region);
	ck_assert_int_eq(uffd_copy(s.region, s.m.page, s.content + s.m.page, 2 * s.m.page, 0), 0);
	wait_end(&t, first_byte(&s, 2));
	expect_content(&s, 1, 2);
	serve_end(&s);
}

static void refuses_claims(void)
{
	/* FINISH waits for it: close-finish-gives-up-after-a-second. */
	refuses(LIBUFFD_CLOSE_REFUSE);
	refuses(LIBUFFD_CLOSE_POISON);
	refuses(LIBUFFD_CLOSE_DROP);
}
TEST_MAIN(refuses_claims)
