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
#include <stdio.h>

#include "result.h"

struct options {
	int rounds;            /* 0: the bench's own */
	uint64_t size;         /* bytes of memory, but in scale; 0: the bench's own */
	const char *only;      /* run only variants whose names match this pattern; NULL: all */
	bool quick;            /* small sizes: for tests, the figures mean little */
	const char *directory; /* of the files in restore and hydrate; NULL: $TMPDIR or /tmp */
	bool memfd;            /* restore: into shared memory, not anonymous */
	bool direct;           /* restore: sources that read past the page cache */
	bool buffered;         /* ... and sources that read through it */
	const char *server;    /* uffd-serve; NULL: the one built beside it, or in $PATH */
};

/*
 * Each bench runs its variants in turn, round after round, after one round that does not count, and
 * adds one sample a round to each of its rows. Each round begins with another variant (A, B, C, B,
 * C, A ...), since the first one pays for the caches and the sleep of whatever ran before. (restore,
 * whose caches are to be cold, has no round that does not count.)
 */
void bench_latency(const struct options *o, struct results *results);
void bench_touch(const struct options *o, struct results *results);
void bench_bulk(const struct options *o, struct results *results);
void bench_scale(const struct options *o, struct results *results);
void bench_restore(const struct options *o, struct results *results);
void bench_hydrate(const struct options *o, struct results *results);
void bench_dirty(const struct options *o, struct results *results);
void bench_snapshot(const struct options *o, struct results *results);
void bench_serve(const struct options *o, struct results *results);

/* The rows of restore as a picture. */
void restore_plot(const struct results *results, FILE *out);

/* Which of count variants is the nth of a round. */
static inline size_t turn_of(size_t n, int round, size_t count)
{
	return (n + (size_t)round + count) % count;
}

bool wanted(const struct options *o, const char *variant);

#endif
