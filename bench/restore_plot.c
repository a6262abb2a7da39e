/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the picture of the bench `restore` shows.
 * Must never: draw a figure that the table does not have.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include <draw.h>

#include "bench.h"
#include "util.h"

static const char *const variants[] = {
	"page",
	"page-mmap",
	"mmap",
	"read-first",
	"demand",
	"prefetch",
	"replay",
	"packed",
	"demand-buffered",
	"prefetch-buffered",
	"replay-buffered",
	"packed-buffered",
	"disk",
	"install",
};
#define VARIANTS (sizeof(variants) / sizeof(variants[0]))

static const struct {
	const char *name;
	const char *metric;
} series[] = {
	{"first touch", "all first touch"},
	{"one page in ten", "scattered done"},
	{"every page", "all done"},
};
#define SERIES (sizeof(series) / sizeof(series[0]))

/* False where nothing of it was measured. */
static bool values_of(const struct results *r, const char *variant, double values[SERIES])
{
	bool any = false;

	for (size_t i = 0; i < SERIES; i++) {
		const struct row *row = result_find(r, "restore", variant, series[i].metric);

		values[i] = row ? row_median(row) : NAN;
		any |= row != NULL;
	}
	return any;
}

void restore_plot(const struct results *results, FILE *out)
{
	struct draw_bar bars[VARIANTS];
	const char *names[SERIES];
	double values[VARIANTS][SERIES];
	size_t count = 0;
	int error;

	for (size_t i = 0; i < SERIES; i++)
		names[i] = series[i].name;
	for (size_t i = 0; i < VARIANTS; i++) {
		if (!values_of(results, variants[i], values[count]))
			continue;
		bars[count] = (struct draw_bar){variants[i], values[count]};
		count++;
	}
	error = draw_bars(out, "Restoring from a file: until pages are there", names, SERIES, "ms",
			  bars, count, true);
	if (error)
		fatal("the picture: %s", strerror(-error));
}
