/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A thread that is woken without its page asks for it again, and its page's owner still owns it. */
#include "claims.h"

static void wakes(uint32_t backing)
{
	struct toucher t;
	struct served s;

	claims_make(&s, backing, 0, 0, 0);
	claim(&s, 0, 2);
	for (int i = 0; i < 3; i++) {
		if (i == 0)
			wait_start(&s, &t, 1);
		else
			ck_assert_int_eq(admit(&s, &(struct page_run){0}), PAGE_WAITS);
		ck_assert_uint_eq(page_state(&s, 1), LIBUFFD_PAGE_BUSY | LIBUFFD_PAGE_WAITERS);
		ck_assert(touch_asleep(&t));
		ck_assert_int_eq(uffd_wake(s.region, 0, s.m.length), 0);
		expect_readable(uffd_ctx_fd(s.ctx));
	}
	/* Its last message is not read yet; the copy serves it all the same. */
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, 2 * s.m.page, 0), 0);
	wait_end(&t, first_byte(&s, 1));
	expect_state(&s, 0, 2, LIBUFFD_PAGE_CACHED);
	expect_silence(uffd_ctx_fd(s.ctx));
	serve_end(&s);
}

static void changes_no_state(void)
{
	each_backing(wakes);
}
TEST_MAIN(changes_no_state)
