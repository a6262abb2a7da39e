/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See histogram.h. Values below 4 have a bucket each; then two bits follow the leading one. */
#include "util/histogram.h"

#include <uffd/stats.h>

unsigned int histogram_bucket(uint64_t ns)
{
	unsigned int log, bucket;

	if (ns < 4)
		return (unsigned int)ns;
	log = 63 - (unsigned int)__builtin_clzll(ns);
	bucket = (log - 1) * 4 + (unsigned int)(ns >> (log - 2) & 3);
	return bucket < LIBUFFD_LATENCY_BUCKETS ? bucket : LIBUFFD_LATENCY_BUCKETS - 1;
}

uint64_t uffd_latency_floor(unsigned int bucket)
{
	if (bucket < 4)
		return bucket;
	if (bucket > LIBUFFD_LATENCY_BUCKETS)
		bucket = LIBUFFD_LATENCY_BUCKETS;
	return (UINT64_C(4) + bucket % 4) << (bucket / 4 - 1);
}

uint64_t uffd_stats_latency(const struct uffd_stats *stats, unsigned int permille)
{
	uint64_t total = 0, below = 0, wanted;

	if (!stats || stats->size < sizeof(*stats))
		return 0;
	for (unsigned int b = 0; b < LIBUFFD_LATENCY_BUCKETS; b++)
		total += stats->latency[b];
	if (total == 0)
		return 0;
	wanted = (total * permille + 999) / 1000;
	for (unsigned int b = 0; b < LIBUFFD_LATENCY_BUCKETS; b++) {
		below += stats->latency[b];
		if (below >= wanted && below)
			return uffd_latency_floor(b + 1);
	}
	return uffd_latency_floor(LIBUFFD_LATENCY_BUCKETS);
}
