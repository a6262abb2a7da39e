/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the samples of every row, and the figures made of them.
 * Must never: compare figures of different rounds.
 */
#include "result.h"

#include <math.h>
#include <stdarg.h>
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

/* True the first time that it is asked about a text, or about its first 127 bytes. */
static bool first_time(const char *text)
{
	static char said[128][128];
	static size_t count;
	char cut[128] = {0};

	memcpy(cut, text, strnlen(text, sizeof(cut) - 1));
	for (size_t i = 0; i < count; i++) {
		if (strcmp(said[i], cut) == 0)
			return false;
	}
	if (count < sizeof(said) / sizeof(said[0]))
		memcpy(said[count++], cut, sizeof(cut));
	return true;
}

void result_skip(const char *bench, const char *variant, const char *reason)
{
	char name[64];

	snprintf(name, sizeof(name), "%s: %s", bench, variant);
	if (first_time(name))
		fprintf(stderr, "skip: %s: %s\n", name, reason);
}

void result_note(const char *bench, const char *format, ...)
{
	char name[256];
	va_list args;

	snprintf(name, sizeof(name), "%s: %s", bench, format);
	if (!first_time(name))
		return;
	fprintf(stderr, "note: %s: ", bench);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
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

/* The greater of the two, or that of base alone where there is no other. */
static double base_sample(const struct row *base, const struct row *other, int round)
{
	double a = base->samples[round];
	double b = other ? other->samples[round] : a;

	return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
}

bool row_ratio_to(const struct row *row, const struct row *base, const struct row *other,
		  double *ratio)
{
	double ratios[ROUNDS_MAX];

	for (int i = 0; i < row->rounds; i++) {
		double of = base_sample(base, other, i);

		ratios[i] = of > 0 ? row->samples[i] / of : NAN;
	}
	*ratio = median(ratios, row->rounds);
	return !isnan(*ratio);
}

bool row_ratio(const struct results *r, const struct row *row, double *ratio)
{
	const struct row *base;

	base = row->baseline[0] ? result_find(r, row->bench, row->baseline, row->metric) : NULL;
	return base && row_ratio_to(row, base, NULL, ratio);
}
