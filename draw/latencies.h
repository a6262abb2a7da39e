/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how long faults and demands waited, counted and drawn as a histogram.
 * Must never: count a prefetch, for which nobody waited, or an entry without a latency.
 */
#ifndef DRAW_LATENCIES_H
#define DRAW_LATENCIES_H

#include <uffd/workingset.h>

#include "svg.h"

/* Buckets of powers of two: number b begins at 2^(b - 10) microseconds, the first at about 1 ns. */
#define LATENCY_BUCKETS 54

struct latencies {
	uint64_t faults[LATENCY_BUCKETS];
	uint64_t demands[LATENCY_BUCKETS];
	uint64_t count;
	uint64_t without; /* waited, but it is not known how long */
	uint64_t median;  /* ns; at least half of them are not above it */
	uint64_t p99;     /* ns */
	uint64_t longest; /* ns */
};

/* 0; -ENOMEM. */
int latencies_count(struct latencies *l, const struct uffd_workingset_entry *entries,
		    uint64_t count);

struct box {
	int left;
	int top;
	int width;
	int height;
};

/* Heading above the box, bars within it, the axis below it. */
void latencies_draw(const struct latencies *l, struct svg *s, const struct box *box);

#endif
