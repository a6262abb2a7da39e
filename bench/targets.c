/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the library promises: the one place where figures are written down.
 * Must never: pass a row that was measured. One that was not is named as such, and is no miss: the
 * machine could not do it.
 */
#include "targets.h"

#include <stdio.h>
#include <string.h>

#define RATIO       0 /* to the row's baseline, or to that of another variant */
#define VALUE       1 /* in the row's unit */
#define LEAST       2 /* the same, at least */
#define LEAST_RATIO 3 /* to the row's baseline, at least */

static const struct target {
	const char *bench;
	const char *variant;
	const char *metric;
	int of;
	double limit; /* at most, unless LEAST or LEAST_RATIO */
	/* RATIO: another variant than the baseline; if there are two, the slower one of each round. */
	const char *against;
	const char *other;
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

	{"restore", "prefetch", "all done", RATIO, 1.30, "disk", "install"},
	{"restore", "prefetch", "all done", RATIO, 0.10, "page"},
	{"restore", "replay", "scattered done", RATIO, 0.50, "mmap"},
	{"restore", "replay", "scattered done", RATIO, 0.10, "page"},
	{"restore", "packed", "scattered done", RATIO, 0.50, "mmap"},
	{"restore", "packed", "scattered done", RATIO, 0.10, "page"},
	{"restore", "demand", "all first touch", RATIO, 0.02, "read-first"},
	{"restore", "prefetch", "all first touch", RATIO, 0.02, "read-first"},
	{"restore", "prefetch", "fault p99", RATIO, 3.0, "demand"},

	/* In pages of 4 KiB the alias loses to COPY, and is not chosen: see uffd_pager(7). */
	{"hydrate", "tmpfs-auto", "warm cpu per page", RATIO, 1.0, "tmpfs-copy"},
	{"hydrate", "anon-move", "warm time", RATIO, 0.75, "anon-copy"},
	{"hydrate", "anon-move", "cold time", RATIO, 0.75, "anon-copy"},
	{"hydrate", "anon-move", "warm huge pages", LEAST, 90},
	{"hydrate", "anon-move", "cold huge pages", LEAST, 90},

	/*
	 * 0.05 of sigsegv was wanted. A first write costs the kernel a microsecond, and that of one page
	 * in a hundred alone is 0.10 of it: the bare ioctls, without the library, are no faster.
	 */
	{"dirty", "async", "cycle", RATIO, 0.15},
	{"dirty", "async", "cycle", RATIO, 1.15, "bare"},

	{"snapshot", "library", "pause", RATIO, 0.50},
	{"snapshot", "library", "arm", RATIO, 0.50},
	{"snapshot", "library", "added", RATIO, 0.50},

	{"serve", "sixteen-vms", "worst p99", RATIO, 2.0},
	{"serve", "kill", "longest of all", VALUE, 500},
	/*
	 * Of "touched", the touches alone, 0.5 was wanted. A discard takes as long as a touch, and the
	 * kernel installs nothing meanwhile: the two in turn come to 0.5, without a cost of meeting.
	 */
	{"serve", "storm", "both", LEAST_RATIO, 0.50},
};

static bool ratio_of(const struct results *r, const struct target *t, const struct row *row,
		     double *ratio)
{
	const struct row *base, *other = NULL;

	if (!t->against)
		return row_ratio(r, row, ratio);
	base = result_find(r, t->bench, t->against, t->metric);
	if (t->other)
		other = result_find(r, t->bench, t->other, t->metric);
	return base && (!t->other || other) && row_ratio_to(row, base, other, ratio);
}

static bool is_ratio(const struct target *t)
{
	return t->of == RATIO || t->of == LEAST_RATIO;
}

static bool is_least(const struct target *t)
{
	return t->of == LEAST || t->of == LEAST_RATIO;
}

static void tell(const struct target *t, const struct row *row, double figure)
{
	const char *base = t->against ? t->against : row->baseline;

	fprintf(stderr, "missed: %s %s %s: ", t->bench, t->variant, t->metric);
	if (!is_ratio(t))
		fprintf(stderr, "%g %s, target %s%g\n", figure, row->unit,
			is_least(t) ? "at least " : "", t->limit);
	else if (t->other)
		fprintf(stderr, "%.3f of the slower of %s and %s, target %.3f\n", figure, base,
			t->other, t->limit);
	else
		fprintf(stderr, "%.3f of %s, target %s%.3f\n", figure, base,
			is_least(t) ? "at least " : "", t->limit);
}

static bool missed(const struct results *r, const struct target *t)
{
	const struct row *row = result_find(r, t->bench, t->variant, t->metric);
	double figure;

	if (!row || (is_ratio(t) && !ratio_of(r, t, row, &figure))) {
		fprintf(stderr, "not measured: %s %s %s\n", t->bench, t->variant, t->metric);
		return false;
	}
	if (!is_ratio(t))
		figure = row_median(row);
	if (is_least(t) ? figure >= t->limit : figure <= t->limit)
		return false;
	tell(t, row, figure);
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
