/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the samples of every row, and the figures made of them.
 * Must never: compare figures of different rounds.
 */
#include "result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

const struct row *result_find(const struct results *r, const char *bench, const char *variant,
			      const char *metric)
{
	for (size_t i = 0; i < r->count; i++) {
		const struct row *row = &r->rows[i];

		if (strcmp(row->bench, bench) == 0 && strcmp(row->variant, variant) == 0 &&
		    strcmp(row->metric, metric) == 0)
			return row;
	}
	return NULL;
}

static struct row *new_row(struct results *r)
{
	struct row *row;

	if (r->count == r->room) {
		r->room = r->room ? r->room * 2 : 64;
		r->rows = realloc(r->rows, r->room * sizeof(*r->rows));
		if (!r->rows)
			fatal("out of memory");
	}
	row = &r->rows[r->count++];
	memset(row, 0, sizeof(*row));
	row->samples = malloc(ROUNDS_MAX * sizeof(*row->samples));
	if (!row->samples)
		fatal("out of memory");
	for (int i = 0; i < ROUNDS_MAX; i++)
		row->samples[i] = NAN;
	return row;
}

static void set(char *to, size_t size, const char *text)
{
	if ((size_t)snprintf(to, size, "%s", text) >= size)
		fatal("no room for the name %s", text);
}

void result_add(struct results *r, int round, const char *bench, const char *variant,
		const char *metric, const char *unit, const char *baseline, double value)
{
	struct row *row = (struct row *)result_find(r, bench, variant, metric);

	if (round < 0)
		return;
	if (!row) {
		row = new_row(r);
		set(row->bench, sizeof(row->bench), bench);
		set(row->variant, sizeof(row->variant), variant);
		set(row->metric, sizeof(row->metric), metric);
		set(row->unit, sizeof(row->unit), unit);
		set(row->baseline, sizeof(row->baseline), baseline ? baseline : "");
	}
	row->samples[round] = value;
	if (row->rounds <= round)
		row->rounds = round + 1;
}

void result_skip(const char *bench, const char *variant, const char *reason)
{
	static char said[128][64];
	static size_t count;
	char name[64];

	snprintf(name, sizeof(name), "%s: %s", bench, variant);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(said[i], name) == 0)
			return;
	}
	if (count < sizeof(said) / sizeof(said[0]))
		memcpy(said[count++], name, sizeof(name));
	fprintf(stderr, "skip: %s: %s\n", name, reason);
}

void results_free(struct results *r)
{
	for (size_t i = 0; i < r->count; i++)
		free(r->rows[i].samples);
	free(r->rows);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of those that are numbers; NAN if none is. */
static double median(const double *samples, int count)
{
	double sorted[ROUNDS_MAX];
	int n = 0;

	for (int i = 0; i < count; i++) {
		if (!isnan(samples[i]))
			sorted[n++] = samples[i];
	}
	if (n == 0)
		return NAN;
	qsort(sorted, (size_t)n, sizeof(sorted[0]), compare);
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

double row_median(const struct row *row)
{
	return median(row->samples, row->rounds);
}

void row_range(const struct row *row, double *least, double *most)
{
	*least = INFINITY;
	*most = -INFINITY;
	for (int i = 0; i < row->rounds; i++) {
		if (row->samples[i] < *least)
			*least = row->samples[i];
		if (row->samples[i] > *most)
			*most = row->samples[i];
	}
}

bool row_ratio(const struct results *r, const struct row *row, double *ratio)
{
	const struct row *base;
	double ratios[ROUNDS_MAX];

	base = row->baseline[0] ? result_find(r, row->bench, row->baseline, row->metric) : NULL;
	if (!base)
		return false;
	for (int i = 0; i < row->rounds; i++)
		ratios[i] = base->samples[i] > 0 ? row->samples[i] / base->samples[i] : NAN;
	*ratio = median(ratios, row->rounds);
	return !isnan(*ratio);
}
