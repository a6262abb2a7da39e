/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A loop that has nothing to do sleeps, also after faults, events and stops have come and gone: a
 * dispatch takes its whole timeout, and a thread of the loop's own wakes up for nothing.
 */
#include "serve.h"

#define NS_PER_MS UINT64_C(1000000)

/*
 * A dispatch may find what was left over, or be interrupted by the end of an earlier loop's ring;
 * after a few of those one must sleep.
 */
static void expect_sleep(struct uffd_loop *loop)
{
	uint64_t before, took = 0;

	for (int early = 0; took < 20 * NS_PER_MS; early++) {
		ck_assert_int_le(early, 5);
		before = test_now();
		ck_assert_int_eq(uffd_loop_dispatch(loop, 20), 0);
		took = test_now() - before;
	}
}

static void slept(uint64_t features)
{
	struct uffd_loop_opts opts = serve_loop_opts();
	struct served s;
	struct toucher t;
	uint64_t before, until;

	serve(&s, LIBUFFD_BACKING_ANON, 64, features, LIBUFFD_MISSING,
	      (struct uffd_region_opts){0});
	s.loop = serve_open(s.ctx, NULL);
	expect_sleep(s.loop);
	for (size_t k = 0; k < 64; k += 16) {
		touch_start(&t, served_page(&s, k), false, 0);
		DISPATCH_UNTIL(s.loop, atomic_load(&t.state) != TOUCH_RUNNING);
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	}
	expect_sleep(s.loop);
	uffd_loop_stop(s.loop);
	ck_assert_int_eq(uffd_loop_dispatch(s.loop, 1000), -ECANCELED);
	expect_sleep(s.loop);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);

	opts.spin_ns = LIBUFFD_SPIN_NEVER;
	s.loop = serve_start(s.ctx, &opts);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
	madvise(s.m.at, s.m.length, MADV_DONTNEED);
	s.region = serve_region(&s, &s.m, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	for (size_t k = 0; k < 64; k++)
		ck_assert(served_right(&s, k));
	if (features & UFFD_FEATURE_EVENT_REMOVE)
		ck_assert_int_eq(madvise(s.m.at, s.m.page, MADV_DONTNEED), 0);
	before = stats_of(s.ctx).sleeps;
	for (until = test_now() + 20 * NS_PER_MS; test_now() < until;)
		sched_yield();
	ck_assert_uint_le(stats_of(s.ctx).sleeps, before + 5);
	serve_end(&s);
}

static void idle_loop_sleeps(void)
{
	slept(0);
	slept(UFFD_FEATURE_EVENT_REMOVE);
}

TEST_MAIN(idle_loop_sleeps)
