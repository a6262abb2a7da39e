/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd_loop_timeout() tells when a failed extent is due, -1 when none is; a dispatch comes back for
 * it, and uffd_loop_dispatch(loop, 0) after that time tries it.
 */
#include "serve.h"

#define NS_PER_MS UINT64_C(1000000)
#define RETRY_NS  (30 * NS_PER_MS)

static struct served s;
static int calls;
static uint64_t began[3]; /* when each try did */

/* In the test's thread, which dispatches. */
static int fails(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	ck_assert_int_lt(calls, 3);
	began[calls] = test_now();
	return ++calls < 3 ? -EIO : served_fault(region, extent, user);
}

/* Milliseconds from now until due, the last one in part. */
static int until(uint64_t due, uint64_t now)
{
	return due > now ? (int)((due - now + NS_PER_MS - 1) / NS_PER_MS) : 0;
}

/*
 * The last try has failed between its beginning and failed, and is due twice as long after that as
 * the one before: what is left of that when it is asked for is the answer, however late that is.
 */
static int expect_timeout(uint64_t failed)
{
	uint64_t wait = RETRY_NS << (calls - 1), before = test_now(), after;
	int timeout = uffd_loop_timeout(s.loop);

	after = test_now();
	ck_assert_int_ge(timeout, until(began[calls - 1] + wait, after));
	ck_assert_int_le(timeout, until(failed + wait, before));
	return timeout;
}

static void timeout_tells_the_next_retry(void)
{
	struct toucher t;
	uint64_t failed;

	serve(&s, LIBUFFD_BACKING_ANON, 2, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = fails, .retry_ns = RETRY_NS});
	s.loop = serve_open(s.ctx, NULL);
	ck_assert_int_eq(uffd_loop_timeout(s.loop), -1);
	touch_start(&t, served_page(&s, 1), false, 0);
	DISPATCH_UNTIL(s.loop, calls >= 1);
	expect_timeout(test_now());
	/* Not before its time, which is seen below. */
	ck_assert_int_eq(uffd_loop_dispatch(s.loop, 0), 0);
	/* A wait for ever ends when it is due. */
	while (calls == 1)
		ck_assert_int_eq(uffd_loop_dispatch(s.loop, -1), 0);
	failed = test_now();
	/* Twice as long now; somebody else's loop sleeps that long, and then dispatches. */
	while (calls == 2) {
		if (expect_timeout(failed) > 0) {
			sched_yield();
			continue;
		}
		ck_assert_int_eq(uffd_loop_dispatch(s.loop, 0), 0);
		ck_assert_int_eq(calls, 3);
	}
	ck_assert_uint_ge(began[1] - began[0], RETRY_NS);
	ck_assert_uint_ge(began[2] - began[1], 2 * RETRY_NS);
	ck_assert_int_eq(uffd_loop_timeout(s.loop), -1);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(t.value, s.content[s.m.page]);
	serve_end(&s);
}

TEST_MAIN(timeout_tells_the_next_retry)
