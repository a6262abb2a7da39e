/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Many threads on one page, and on one window, cost one call and one install; all of them go on. */
#include "serve.h"

#define THREADS 16
#define PAGES   16

static struct served s;
static _Atomic int calls;

static int later(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)region;
	(void)extent;
	(void)user;
	atomic_fetch_add(&calls, 1);
	return 0;
}

static void touched(bool everywhere)
{
	struct toucher t[THREADS];
	struct uffd_stats stats;

	atomic_store(&calls, 0);
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = later});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < THREADS; k++)
		touch_start(&t[k], served_page(&s, everywhere ? k % PAGES : 5) + k, false, 0);
	WAIT_UNTIL(stats_of(s.ctx).faults_missing == THREADS);
	WAIT_UNTIL(stats_of(s.ctx).faults_waited == THREADS - 1);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.length, 0), 0);
	for (size_t k = 0; k < THREADS; k++) {
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
		ck_assert_uint_eq(t[k].value,
				  s.content[(everywhere ? k % PAGES : 5) * s.m.page + k]);
	}
	serve_settled(&s);
	stats = stats_of(s.ctx);
	ck_assert_int_eq(atomic_load(&calls), 1);
	ck_assert_uint_eq(stats.pages_copied, PAGES);
	ck_assert_uint_eq(stats.faults_stale, 0);
	serve_end(&s);
}

static void threads_on_one_page_wake_together(void)
{
	touched(false);
	touched(true);
}

TEST_MAIN(threads_on_one_page_wake_together)
