/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A quantile is the upper edge of the bucket that holds it, as sorting the values would say. */
#include "random.h"
#include "test.h"

#include <uffd/stats.h>

#include "util/histogram.h"

#define VALUES 1000

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void quantiles(void)
{
	struct uffd_stats stats = {.size = sizeof(stats)};
	static uint64_t values[VALUES];
	uint64_t seed = 9;

	ck_assert_uint_eq(uffd_stats_latency(&stats, 0), 0);
	ck_assert_uint_eq(uffd_stats_latency(&stats, 500), 0);
	ck_assert_uint_eq(uffd_stats_latency(&stats, 1000), 0);

	stats.latency[histogram_bucket(1000)] = 1;
	for (unsigned int p = 0; p <= 1000; p += 50)
		ck_assert_uint_eq(uffd_stats_latency(&stats, p),
				  uffd_latency_floor(histogram_bucket(1000) + 1));
	memset(stats.latency, 0, sizeof(stats.latency));

	for (unsigned int i = 0; i < VALUES; i++) {
		values[i] = random_next(&seed) >> (24 + random_below(&seed, 36));
		stats.latency[histogram_bucket(values[i])]++;
	}
	qsort(values, VALUES, sizeof(values[0]), compare);
	for (unsigned int p = 1; p <= 1000; p++) {
		/* The smallest value that has p thousandths of all at or below it. */
		uint64_t exact = values[(VALUES * p + 999) / 1000 - 1];

		ck_assert_uint_eq(uffd_stats_latency(&stats, p),
				  uffd_latency_floor(histogram_bucket(exact) + 1));
	}
	ck_assert_uint_eq(uffd_stats_latency(&stats, 0),
			  uffd_latency_floor(histogram_bucket(values[0]) + 1));
	/* More than all of them is not more than the largest. */
	ck_assert_uint_ge(uffd_stats_latency(&stats, 2000),
			  uffd_latency_floor(histogram_bucket(values[VALUES - 1]) + 1));
}
TEST_MAIN(quantiles)
