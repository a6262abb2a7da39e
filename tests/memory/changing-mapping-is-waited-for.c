/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A completion that meets a changing mapping is done when the event has been read, not before and
 * not instead of an error; giving up a claim never waits for it.
 */
#include "changing.h"

static struct served s;
static _Atomic int64_t result = 1;

static void *copy(void *arg)
{
	(void)arg;
	atomic_store(&result,
		     copy_patiently(s.region, s.m.page, s.content + s.m.page, 2 * s.m.page));
	return NULL;
}

static void is_waited_for(void)
{
	struct call c;
	pthread_t thread;

	changing_make(&s, &c);
	ck_assert_int_eq(uffd_abandon(s.region, 3 * s.m.page, s.m.page), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, copy, NULL), 0);
	WAIT_UNTIL(stats_of(s.ctx).install_retries > 2);
	ck_assert_int_eq(atomic_load(&result), 1);
	expect_event(uffd_ctx_fd(s.ctx), UFFD_EVENT_REMOVE);
	ck_assert_int_eq(call_join(&c), 0);
	pthread_join(thread, NULL);
	ck_assert_int_eq(atomic_load(&result), 0);
	expect_content(&s, 1, 2);
	expect_state(&s, 1, 2, LIBUFFD_PAGE_CACHED);
	serve_end(&s);
}
TEST_MAIN(is_waited_for)
