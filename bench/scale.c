/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the rounds of the bench `scale`.
 * Must never: measure anything itself.
 */
#include "scale.h"

#include "util.h"

void bench_scale(const struct options *o, struct results *results)
{
	pin_self(cpu_number(0));
	warm_memory(64 * MIB);
	for (int round = -1; round < o->rounds; round++) {
		scale_regions(o, results, round);
		scale_sparse(o, results, round);
	}
}
