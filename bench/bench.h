/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the command line says, and the names of the benches.
 * Must never: know how a variant works.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "result.h"

struct options {
	int rounds;
	uint64_t size;    /* bytes of memory in touch and bulk; 0: the bench's own */
	const char *only; /* run only variants whose names match this pattern; NULL: all */
	bool quick;       /* small sizes: for tests, the figures mean little */
};

/*
 * Each bench runs its variants in turn, round after round, after one round that does not count, and
 * adds one sample a round to each of its rows. Each round begins with another variant (A, B, C, B,
 * C, A ...), since the first one pays for the caches and the sleep of whatever ran before.
 */
void bench_latency(const struct options *o, struct results *results);
void bench_touch(const struct options *o, struct results *results);
void bench_bulk(const struct options *o, struct results *results);
void bench_scale(const struct options *o, struct results *results);

/* Which of count variants is the nth of a round. */
static inline size_t turn_of(size_t n, int round, size_t count)
{
	return (n + (size_t)round + count) % count;
}

bool wanted(const struct options *o, const char *variant);

#endif
