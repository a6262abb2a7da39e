/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Buckets and thousandths that do not exist have an answer, and it never goes backwards. */
#include "input.h"

static void out_of_range(void)
{
	static const unsigned int beyond[] = {LIBUFFD_LATENCY_BUCKETS,
					      LIBUFFD_LATENCY_BUCKETS + 1,
					      251,
					      252,
					      256,
					      259,
					      260,
					      1000,
					      1u << 31,
					      UINT32_MAX};
	struct uffd_stats stats = {.size = sizeof(stats)};
	uint64_t last = uffd_latency_floor(LIBUFFD_LATENCY_BUCKETS - 1);

	for (unsigned int b = 1; b < LIBUFFD_LATENCY_BUCKETS; b++)
		ck_assert_uint_gt(uffd_latency_floor(b), uffd_latency_floor(b - 1));
	for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++) {
		uint64_t floor = uffd_latency_floor(beyond[i]);

		ck_assert_msg(floor >= last, "floor(%u) is %llu", beyond[i],
			      (unsigned long long)floor);
		last = floor;
	}

	ck_assert_uint_eq(uffd_stats_latency(&stats, 500), 0); /* nothing was counted */
	ck_assert_uint_eq(uffd_stats_latency(&stats, UINT32_MAX), 0);
	ck_assert_uint_eq(uffd_stats_latency(NULL, 500), 0);
	stats.latency[10] = 1;
	for (unsigned int permille = 0; permille <= 1000; permille++)
		ck_assert_uint_eq(uffd_stats_latency(&stats, permille), uffd_latency_floor(11));
	ck_assert_uint_ge(uffd_stats_latency(&stats, 1001), uffd_latency_floor(11));
	ck_assert_uint_ge(uffd_stats_latency(&stats, UINT32_MAX), uffd_latency_floor(11));
	stats.latency[10] = 0;
	stats.latency[LIBUFFD_LATENCY_BUCKETS - 1] = 1;
	ck_assert_uint_eq(uffd_stats_latency(&stats, 1000),
			  uffd_latency_floor(LIBUFFD_LATENCY_BUCKETS));
}

TEST_MAIN(out_of_range)
