/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * LIBUFFD_ON_ERROR_HOLD: after the last try the waiter sleeps, without more calls, until
 * uffd_region_resume(); which tells how many extents it let go, and nothing more is held then.
 */
#include "serve.h"

static struct served s;
static _Atomic int calls;
static _Atomic bool broken = true;

static int fails(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	int ret = atomic_load(&broken) ? -EIO : served_fault(region, extent, user);

	atomic_fetch_add(&calls, 1);
	return ret;
}

/* So many, and no more. */
static void expect_calls(int n)
{
	DISPATCH_UNTIL(s.loop, atomic_load(&calls) >= n);
	ck_assert_int_eq(uffd_loop_timeout(s.loop), -1);
	ck_assert_int_eq(uffd_loop_dispatch(s.loop, 0), 0);
	ck_assert_int_eq(atomic_load(&calls), n);
}

static void callback_error_is_held_until_resume(void)
{
	struct toucher t[2];

	serve(&s, LIBUFFD_BACKING_ANON, 32, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = fails,
					.max_retries = 1,
					.retry_ns = 50000,
					.on_error = LIBUFFD_ON_ERROR_HOLD});
	/* Dispatched here: what the last call failed for is held when the dispatch is over. */
	s.loop = serve_open(s.ctx, NULL);
	touch_start(&t[0], served_page(&s, 1), false, 0);
	touch_start(&t[1], served_page(&s, 20), true, 9);
	expect_calls(4);
	ck_assert(touch_asleep(&t[0]));
	/* Still broken: tried as often as before, and held again. */
	ck_assert_int_eq(uffd_region_resume(s.region), 2);
	expect_calls(8);
	ck_assert(touch_asleep(&t[0]));
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = serve_start(s.ctx, NULL);
	atomic_store(&broken, false);
	ck_assert_int_eq(uffd_region_resume(s.region), 2);
	ck_assert_int_eq(touch_join(&t[0]), TOUCH_DONE);
	ck_assert_uint_eq(t[0].value, s.content[s.m.page]);
	ck_assert_int_eq(touch_join(&t[1]), TOUCH_DONE);
	ck_assert_int_eq(uffd_region_resume(s.region), 0);
	s.content[20 * s.m.page] = 9;
	for (size_t k = 0; k < 32; k++)
		ck_assert(served_right(&s, k));
	serve_end(&s);
}

TEST_MAIN(callback_error_is_held_until_resume)
