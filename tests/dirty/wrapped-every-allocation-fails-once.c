/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Wherever an allocation or a mapping is not to be had while a region begins to be tracked, the
 * start fails with -ENOMEM and leaves the region as it was; collecting needs none. Everything is
 * given back.
 */
#include "failing.h"
#include "tracked.h"

#define PAGES 8u

/* The region is made anew each time: what tracking it needs is its own, and may be made with it. */
static int begin_failing(struct tracked *t, long k)
{
	const struct uffd_region_opts region_opts = {.size = sizeof(region_opts)};
	const struct uffd_dirty_opts opts = {.size = sizeof(opts), .method = t->method};
	int ret;

	failing_choose(k);
	failing_arm(true);
	ret = uffd_region_add(&t->s.region, t->s.ctx, t->s.m.at, t->s.m.length, LIBUFFD_WP,
			      &region_opts);
	if (ret == 0)
		ret = uffd_dirty_start(&t->dirty, t->s.region, &opts);
	failing_arm(false);
	return ret;
}

static void works(struct tracked *t)
{
	struct uffd_range range;
	uint64_t offset = 0;
	int64_t n;
	int marked;

	track_write(t, 2);
	failing_choose(1);
	failing_arm(true);
	n = uffd_dirty_collect(t->dirty, &offset, &range, 1);
	marked = uffd_dirty_mark(t->dirty, 0, t->s.m.page);
	failing_arm(false);
	ck_assert(n == 1 && range.offset == 2 * t->s.m.page && range.length == t->s.m.page);
	ck_assert_int_eq(marked, 0);
}

static int fail_one(uint32_t method, long k)
{
	struct tracked t = {.method = method};
	int ret;

	test_memory_make(&t.s.m, LIBUFFD_BACKING_ANON, PAGES);
	t.s.content = content_make(t.s.m.length);
	t.s.ctx = serve_ctx(track_features(method));
	/* The loop's thread has nothing to do while this one is armed. */
	t.s.loop = serve_start(t.s.ctx, NULL);
	track_write(&t, 1);
	ret = begin_failing(&t, k);
	if (ret < 0) {
		ck_assert_int_eq(ret, -ENOMEM);
		t.dirty = NULL;
	}
	if (ret < 0 && t.s.region) {
		ck_assert_int_eq(uffd_writeprotect(t.s.region, 0, t.s.m.page, 0), 0);
		track_start(&t);
	}
	if (t.dirty)
		works(&t);
	track_end(&t);
	failing_expect_given_back(k);
	return ret;
}

static void every_allocation_fails_once(void)
{
	for (uint32_t method = LIBUFFD_DIRTY_ASYNC; method <= LIBUFFD_DIRTY_SYNC; method++) {
		long k = 1;

		ck_assert_int_eq(fail_one(method, 0), 0);
		while (fail_one(method, k) < 0)
			k++;
		/* The region, its pages, its planes, the tracking. */
		ck_assert_int_gt(k, 4);
	}
}

TEST_MAIN(every_allocation_fails_once)
