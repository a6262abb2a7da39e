/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the library promises: the one place where figures are written down.
 * Must never: pass a row that was measured. One that was not is named as such, and is no miss: the
 * machine could not do it.
 */
#include "targets.h"

#include <stdio.h>
#include <string.h>

#define RATIO 0 /* to the row's baseline */
#define VALUE 1 /* in the row's unit */

static const struct target {
	const char *bench;
	const char *variant;
	const char *metric;
	int of;
	double most;
} targets[] = {
	{"latency", "library", "same-cpu p50", RATIO, 1.10},
	{"latency", "library", "other-cpu p50", RATIO, 0.50},

	{"touch", "library-anon", "sequential other-cpu", RATIO, 0.15},
	{"touch", "library-anon", "random other-cpu", RATIO, 0.15},
	{"touch", "library-memfd", "sequential other-cpu", RATIO, 0.15},
	{"touch", "library-memfd", "random other-cpu", RATIO, 0.15},

	{"bulk", "library-claim-copy", "fill", RATIO, 1.10},
	{"bulk", "library-prefetch", "fill", RATIO, 1.10},
	{"bulk", "library-populate", "fill", RATIO, 1.10},

	{"scale", "regions-10000", "lookup", RATIO, 1.20},
	{"scale", "sparse-1TiB", "set-up", VALUE, 50},
	{"scale", "sparse-1TiB", "resident", VALUE, 4096},
};

static bool missed(const struct results *r, const struct target *t)
{
	const struct row *row = result_find(r, t->bench, t->variant, t->metric);
	double figure;

	if (!row || (t->of == RATIO && !row_ratio(r, row, &figure))) {
		fprintf(stderr, "not measured: %s %s %s\n", t->bench, t->variant, t->metric);
		return false;
	}
	if (t->of == VALUE)
		figure = row_median(row);
	if (figure <= t->most)
		return false;
	if (t->of == RATIO)
		fprintf(stderr, "missed: %s %s %s: %.3f of %s, target %.3f\n", t->bench, t->variant,
			t->metric, figure, row->baseline, t->most);
	else
		fprintf(stderr, "missed: %s %s %s: %g %s, target %g\n", t->bench, t->variant,
			t->metric, figure, row->unit, t->most);
	return true;
}

int targets_missed(const struct results *r, const char *bench)
{
	int count = 0;

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		if (strcmp(targets[i].bench, bench) == 0)
			count += missed(r, &targets[i]);
	}
	return count;
}
