/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd_loop_timeout() tells when a failed extent is due, -1 when none is; a dispatch comes back for
 * it, and uffd_loop_dispatch(loop, 0) after that time tries it.
 */
#include "serve.h"

#define NS_PER_MS UINT64_C(1000000)

static struct served s;
static _Atomic int calls;

static int fails(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	return atomic_fetch_add(&calls, 1) < 2 ? -EIO : served_fault(region, extent, user);
}

static void timeout_tells_the_next_retry(void)
{
	struct toucher t;
	uint64_t before;
	int timeout;

	serve(&s, LIBUFFD_BACKING_ANON, 2, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = fails, .retry_ns = 30 * NS_PER_MS});
	s.loop = serve_open(s.ctx, NULL);
	ck_assert_int_eq(uffd_loop_timeout(s.loop), -1);
	touch_start(&t, served_page(&s, 1), false, 0);
	DISPATCH_UNTIL(s.loop, atomic_load(&calls) == 1);
	before = test_now();
	timeout = uffd_loop_timeout(s.loop);
	ck_assert_int_gt(timeout, 0);
	ck_assert_int_le(timeout, 30);
	/* Not before its time. */
	ck_assert_int_eq(uffd_loop_dispatch(s.loop, 0), 0);
	ck_assert_int_eq(atomic_load(&calls), 1);
	/* A wait for ever ends when it is due. */
	while (atomic_load(&calls) == 1)
		ck_assert_int_eq(uffd_loop_dispatch(s.loop, -1), 0);
	ck_assert_uint_ge(test_now() - before, 10 * NS_PER_MS);
	/* Twice as long now; somebody else's loop sleeps that long, and then dispatches. */
	timeout = uffd_loop_timeout(s.loop);
	ck_assert_int_gt(timeout, 30);
	ck_assert_int_le(timeout, 60);
	before = test_now();
	while (uffd_loop_timeout(s.loop) > 0)
		sched_yield();
	ck_assert_uint_ge(test_now() - before, 30 * NS_PER_MS);
	ck_assert_int_eq(uffd_loop_dispatch(s.loop, 0), 0);
	ck_assert_int_eq(atomic_load(&calls), 3);
	ck_assert_int_eq(uffd_loop_timeout(s.loop), -1);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(t.value, s.content[s.m.page]);
	serve_end(&s);
}

TEST_MAIN(timeout_tells_the_next_retry)
