/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A loop is closed while failed extents wait for another try, or are held: the next loop tries
 * them, and without any loop uffd_demand() does.
 */
#include "serve.h"

static struct served s;
static _Atomic bool broken;
static _Atomic int calls;

static int fails(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	atomic_fetch_add(&calls, 1);
	return atomic_load(&broken) ? -EIO : served_fault(region, extent, user);
}

static void failed(bool hold, bool demanded)
{
	struct toucher t;

	atomic_store(&broken, true);
	atomic_store(&calls, 0);
	serve(&s, LIBUFFD_BACKING_ANON, 4, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = fails,
					.retry_ns = 5000000,
					.max_retries = hold ? UINT32_MAX : 8,
					.on_error = LIBUFFD_ON_ERROR_HOLD});
	s.loop = serve_open(s.ctx, NULL);
	touch_start(&t, served_page(&s, 1), false, 0);
	/* Or more: the next try may be due before the first dispatch is over. */
	DISPATCH_UNTIL(s.loop, atomic_load(&calls) >= 1);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = NULL;
	ck_assert(touch_asleep(&t));
	atomic_store(&broken, false);
	if (demanded) {
		ck_assert_int_eq(uffd_region_resume(s.region), hold);
		ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	} else {
		s.loop = serve_start(s.ctx, NULL);
		ck_assert_int_eq(uffd_region_resume(s.region), hold);
	}
	WAIT_UNTIL(atomic_load(&t.state) != TOUCH_RUNNING);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	for (size_t k = 0; k < 4; k++)
		ck_assert(served_right(&s, k));
	serve_end(&s);
}

static void retry_survives_its_loop(void)
{
	failed(false, false);
	failed(true, false);
	failed(false, true);
	failed(true, true);
}

TEST_MAIN(retry_survives_its_loop)
