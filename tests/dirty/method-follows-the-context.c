/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * AUTO is ASYNC where the context has WP_ASYNC, and SYNC where it has not; the other one is
 * refused, and so is what needs WP without it.
 */
#include "tracked.h"

static int try_start(struct tracked *t, uint32_t method)
{
	const struct uffd_dirty_opts opts = {.size = sizeof(opts), .method = method};
	struct uffd_dirty *d = (struct uffd_dirty *)(uintptr_t)0x5eed;
	int ret = uffd_dirty_start(&d, t->s.region, &opts);

	if (ret < 0) {
		ck_assert_uint_eq((uintptr_t)d, 0x5eed);
		return ret;
	}
	ret = uffd_dirty_method(d);
	ck_assert_int_eq(uffd_dirty_stop(d), 0);
	return ret;
}

static void follows(uint32_t method, const struct track_kind *kind)
{
	uint32_t other = method == LIBUFFD_DIRTY_ASYNC ? LIBUFFD_DIRTY_SYNC : LIBUFFD_DIRTY_ASYNC;
	struct uffd_dirty *d;
	struct tracked t;

	track_serve(&t, method, kind, 2, 0, 0, (struct uffd_region_opts){0});
	ck_assert_int_eq(try_start(&t, LIBUFFD_DIRTY_AUTO), (int)method);
	ck_assert_int_eq(try_start(&t, method), (int)method);
	ck_assert_int_eq(try_start(&t, other), -EOPNOTSUPP);
	ck_assert_int_eq(uffd_dirty_start(&d, t.s.region, NULL), 0);
	ck_assert_int_eq(uffd_dirty_method(d), (int)method);
	ck_assert_int_eq(uffd_dirty_stop(d), 0);
	track_end(&t);
}

static void without_wp(uint64_t features)
{
	struct tracked t = {0};

	test_memory_make(&t.s.m, LIBUFFD_BACKING_ANON, 2);
	t.s.content = content_make(t.s.m.length);
	t.s.ctx = serve_ctx(features);
	t.s.region = serve_region(&t.s, &t.s.m, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	for (uint32_t method = LIBUFFD_DIRTY_AUTO; method <= LIBUFFD_DIRTY_SYNC; method++)
		ck_assert_int_eq(try_start(&t, method), -EOPNOTSUPP);
	serve_end(&t.s);
}

static void method_follows_the_context(void)
{
	track_each(follows, 2);
	without_wp(track_features(LIBUFFD_DIRTY_ASYNC));
	without_wp(track_features(LIBUFFD_DIRTY_SYNC));
}

TEST_MAIN(method_follows_the_context)
