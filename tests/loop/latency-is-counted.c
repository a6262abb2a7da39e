/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Each fault that is completed before its callback returns is counted in the latency histogram. */
#include "serve.h"

#define PAGES 64

static uint64_t counted(struct uffd_ctx *ctx)
{
	struct uffd_stats stats = stats_of(ctx);
	uint64_t n = 0;

	for (size_t b = 0; b < LIBUFFD_LATENCY_BUCKETS; b++)
		n += stats.latency[b];
	return n;
}

static void latency_is_counted(void)
{
	struct served s;
	struct uffd_stats stats;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault_around = 4096});
	ck_assert_uint_eq(counted(s.ctx), 0);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(uffd_stats_latency(&stats, 500), 0);
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(served_right(&s, k));
	WAIT_UNTIL(counted(s.ctx) == PAGES);
	stats = stats_of(s.ctx);
	ck_assert_uint_gt(uffd_stats_latency(&stats, 500), 0);
	ck_assert_uint_le(uffd_stats_latency(&stats, 500), uffd_stats_latency(&stats, 1000));
	/* An install takes more than 100 ns, and less than a second. */
	ck_assert_uint_gt(uffd_stats_latency(&stats, 1000), 100);
	ck_assert_uint_lt(uffd_stats_latency(&stats, 500), UINT64_C(1000000000));
	serve_end(&s);
}

TEST_MAIN(latency_is_counted)
