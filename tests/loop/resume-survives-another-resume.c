/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What uffd_region_resume() lets go is tried again, also when another region is resumed, or another
 * extent fails, before the loop has looked.
 */
#include "serve.h"

static struct served s;
static struct test_memory other;
static _Atomic bool broken = true;

static int fails(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	/* The other region's content is what the first region's is. */
	return atomic_load(&broken) ? -EIO : served_fault(region, extent, user);
}

static void resume_survives_another_resume(void)
{
	struct uffd_region_opts opts = {
		.fault = fails, .max_retries = UINT32_MAX, .on_error = LIBUFFD_ON_ERROR_HOLD};
	struct uffd_region *second;
	struct toucher t;

	serve(&s, LIBUFFD_BACKING_ANON, 2, 0, LIBUFFD_MISSING, opts);
	test_memory_make(&other, LIBUFFD_BACKING_ANON, 2);
	opts.max_retries = 5;
	opts.retry_ns = UINT64_C(900000000); /* it is not due while this test runs */
	second = serve_region(&s, &other, LIBUFFD_MISSING, opts);
	s.loop = serve_open(s.ctx, NULL);

	for (int round = 0; round < 2; round++) {
		atomic_store(&broken, true);
		touch_start(&t, served_page(&s, 0), false, 0);
		DISPATCH_UNTIL(s.loop, stats_of(s.ctx).source_errors == (round ? 3u : 1u));
		atomic_store(&broken, false);
		ck_assert_int_eq(uffd_region_resume(s.region), 1);
		if (round == 0) {
			ck_assert_int_eq(uffd_region_resume(second), 0);
		} else {
			atomic_store(&broken, true);
			ck_assert_int_eq(
				uffd_demand(second, 0, s.m.page, &(struct timespec){.tv_sec = 0}),
				-ETIMEDOUT);
			atomic_store(&broken, false);
		}
		ck_assert_int_eq(uffd_loop_timeout(s.loop), 0);
		DISPATCH_UNTIL(s.loop, atomic_load(&t.state) != TOUCH_RUNNING);
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
		ck_assert(served_right(&s, 0));
		/* Another page to fault on, in a region as new. */
		if (round == 0) {
			ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
			madvise(s.m.at, s.m.length, MADV_DONTNEED);
			opts.max_retries = UINT32_MAX;
			s.region = serve_region(&s, &s.m, LIBUFFD_MISSING, opts);
			atomic_store(&broken, true);
			ck_assert_int_eq(uffd_prefetch(s.region, 0, s.m.length), -EIO);
		}
	}
	test_memory_free(&other);
	serve_end(&s);
}

TEST_MAIN(resume_survives_another_resume)
