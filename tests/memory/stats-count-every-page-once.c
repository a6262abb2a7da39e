/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Every page is counted by who claimed it and by how it was installed; sizes are checked. */
#include "claims.h"

static void count_every_page(void)
{
	struct {
		struct uffd_stats stats;
		uint64_t more;
	} large = {0};
	struct uffd_stats stats;
	struct served s;

	claims_make(&s, LIBUFFD_BACKING_SHMEM, LIBUFFD_CTX_DISCARDS, 0, LIBUFFD_REGION_ALIAS);
	claim(&s, 0, 12);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.page, 0), 0);
	ck_assert_int_eq(uffd_zero(s.region, s.m.page, 2 * s.m.page, 0), 0);
	memset(uffd_region_alias(s.region), 1, 6 * s.m.page);
	ck_assert_int_eq(uffd_continue(s.region, 3 * s.m.page, 3 * s.m.page, 0), 0);
	ck_assert_int_eq(uffd_populate(s.region, 6 * s.m.page, s.content, 4 * s.m.page, 0), 0);
	if (uffd_ctx_features(s.ctx) & UFFD_FEATURE_POISON)
		ck_assert_int_eq(uffd_poison(s.region, 10 * s.m.page, s.m.page), 0);
	else
		ck_assert_int_eq(uffd_abandon(s.region, 10 * s.m.page, s.m.page), 0);
	ck_assert_int_eq(uffd_abandon(s.region, 11 * s.m.page, s.m.page), 0);
	ck_assert_int_eq(uffd_discard(s.region, 12 * s.m.page, 4 * s.m.page), 0);
	ck_assert_int_eq(uffd_demand(s.region, 12 * s.m.page, 5 * s.m.page, NULL), 0);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.size, sizeof(stats));
	ck_assert_uint_eq(stats.pages_prefetch, 12);
	ck_assert_uint_eq(stats.pages_demand, 5);
	ck_assert_uint_eq(stats.pages_copied, 2);
	ck_assert_uint_eq(stats.pages_zeroed, 6);
	ck_assert_uint_eq(stats.pages_continued, 3);
	ck_assert_uint_eq(stats.pages_populated, 4);
	ck_assert_uint_eq(stats.pages_moved, 0);
	ck_assert_uint_eq(stats.pages_poisoned,
			  uffd_ctx_features(s.ctx) & UFFD_FEATURE_POISON ? 1 : 0);
	ck_assert_uint_eq(stats.pages_discarded, 4);
	ck_assert_uint_eq(stats.faults_missing + stats.faults_minor + stats.batches + stats.poller,
			  0);

	/* A shorter struct gets the front of it, and no byte more. */
	memset(&stats, 0x55, sizeof(stats));
	stats.size = offsetof(struct uffd_stats, events_fork);
	ck_assert_int_eq(uffd_ctx_stats(s.ctx, &stats), 0);
	ck_assert_uint_eq(stats.size, offsetof(struct uffd_stats, events_fork));
	ck_assert_uint_eq(stats.faults_lost, 0);
	ck_assert_uint_eq(stats.events_fork, UINT64_C(0x5555555555555555));
	large.stats.size = sizeof(large);
	ck_assert_int_eq(uffd_ctx_stats(s.ctx, &large.stats), -E2BIG);
	stats.size = 0;
	ck_assert_int_eq(uffd_ctx_stats(s.ctx, &stats), -EINVAL);
	stats.size = 12;
	ck_assert_int_eq(uffd_ctx_stats(s.ctx, &stats), -EINVAL);
	ck_assert_int_eq(uffd_ctx_stats(s.ctx, NULL), -EINVAL);
	ck_assert_int_eq(uffd_ctx_stats(NULL, &stats), -EINVAL);
	serve_end(&s);
}
TEST_MAIN(count_every_page)
