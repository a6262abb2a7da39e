/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region whose end was refused because its content could not be had lives on, and so do the
 * threads that wait in it: they get the content when it comes.
 */
#include "serve.h"

static _Atomic bool broken = true;

static int fails(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	return atomic_load(&broken) ? -EIO : served_fault(region, extent, user);
}

static void failed_finish_keeps_its_waiters(void)
{
	struct served s;
	struct toucher t;

	atomic_store(&broken, true);
	serve(&s, LIBUFFD_BACKING_ANON, 4, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = fails,
					.max_retries = UINT32_MAX,
					.on_error = LIBUFFD_ON_ERROR_HOLD});
	s.loop = serve_open(s.ctx, NULL);
	touch_start(&t, served_page(&s, 2), false, 0);
	DISPATCH_UNTIL(s.loop, stats_of(s.ctx).source_errors == 1);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_FINISH), -EIO);
	atomic_store(&broken, false);
	uffd_region_resume(s.region);
	DISPATCH_UNTIL(s.loop, atomic_load(&t.state) != TOUCH_RUNNING);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_FINISH), 0);
	for (size_t k = 0; k < 4; k++)
		ck_assert(served_right(&s, k));
	serve_end(&s);
}

TEST_MAIN(failed_finish_keeps_its_waiters)
