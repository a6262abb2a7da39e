/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the two halves of the bench `scale` are called.
 * Must never: grow.
 */
#ifndef BENCH_SCALE_H
#define BENCH_SCALE_H

#include "bench.h"

/* One round of each: many regions in one context; one region that is very long. */
void scale_regions(const struct options *o, struct results *results, int round);
void scale_sparse(const struct options *o, struct results *results, int round);

#endif
