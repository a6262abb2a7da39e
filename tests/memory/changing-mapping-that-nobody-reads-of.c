/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Where nobody reads the context's events a completion gives up after a second with -EAGAIN, and
 * the claim still stands. (This is the one test that takes that second.)
 */
#include "changing.h"

static void nobody_reads(void)
{
	struct served s;
	struct call c;

	changing_make(&s, &c);
	ck_assert_int_eq(uffd_copy(s.region, s.m.page, s.content + s.m.page, 3 * s.m.page, 0),
			 -EAGAIN);
	expect_state(&s, 1, 3, LIBUFFD_PAGE_BUSY);
	expect_event(uffd_ctx_fd(s.ctx), UFFD_EVENT_REMOVE);
	ck_assert_int_eq(call_join(&c), 0);
	ck_assert_int_eq(uffd_copy(s.region, s.m.page, s.content + s.m.page, 3 * s.m.page, 0), 0);
	expect_content(&s, 1, 3);
	serve_end(&s);
}
TEST_MAIN(nobody_reads)
