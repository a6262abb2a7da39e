/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A value lies in the bucket whose floor is the last one not above it; buckets leave no gap. */
#include "random.h"
#include "test.h"

#include <uffd/stats.h>

#include "util/histogram.h"

static void expect_bucket(uint64_t ns)
{
	unsigned int b = histogram_bucket(ns);

	ck_assert_uint_lt(b, LIBUFFD_LATENCY_BUCKETS);
	ck_assert_uint_le(uffd_latency_floor(b), ns);
	if (b + 1 < LIBUFFD_LATENCY_BUCKETS)
		ck_assert_uint_gt(uffd_latency_floor(b + 1), ns);
}

static void buckets_and_floors_agree(void)
{
	uint64_t seed = 3;

	ck_assert_uint_eq(uffd_latency_floor(0), 0);
	for (unsigned int b = 0; b < LIBUFFD_LATENCY_BUCKETS; b++) {
		uint64_t floor = uffd_latency_floor(b);

		ck_assert_uint_lt(floor, uffd_latency_floor(b + 1));
		ck_assert_uint_eq(histogram_bucket(floor), b);
		expect_bucket(floor);
		if (floor)
			expect_bucket(floor - 1);
		expect_bucket(floor + 1);
	}
	for (uint64_t ns = 0; ns < 20000; ns++)
		expect_bucket(ns);
	for (unsigned int i = 0; i < 20000; i++)
		expect_bucket(random_next(&seed) >> random_below(&seed, 64));
	ck_assert_uint_eq(histogram_bucket(UINT64_MAX), LIBUFFD_LATENCY_BUCKETS - 1);
	/* Four for every power of two. */
	for (unsigned int b = 8; b + 4 < LIBUFFD_LATENCY_BUCKETS; b++)
		ck_assert_uint_eq(uffd_latency_floor(b + 4), 2 * uffd_latency_floor(b));
}
TEST_MAIN(buckets_and_floors_agree)
