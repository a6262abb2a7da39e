/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the samples of every row, and what is said about them: the median over the rounds, their
 * range, and the ratio to the row's baseline.
 * Must never: compare figures of different rounds. The ratio is the median of the ratios of each
 * round, so that a machine that slows down half-way through slows both sides.
 */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include <stdbool.h>
#include <stddef.h>

#define ROUNDS_MAX 1000

struct row {
	char bench[16];
	char variant[40];
	char metric[48];
	char unit[12];
	char baseline[40]; /* a variant with the same bench and metric; "" for none */
	double *samples;   /* one a round; NAN where there is none */
	int rounds;
};

struct results {
	struct row *rows;
	size_t count;
	size_t room;
};

/* One sample. A negative round is the one that does not count. */
void result_add(struct results *r, int round, const char *bench, const char *variant,
		const char *metric, const char *unit, const char *baseline, double value);
/* Says on stderr, once, why a variant has no rows. */
void result_skip(const char *bench, const char *variant, const char *reason);
/* Says on stderr, once, what the figures of a bench must be read with. */
__attribute__((format(printf, 2, 3))) void result_note(const char *bench, const char *format, ...);
void results_free(struct results *r);

const struct row *result_find(const struct results *r, const char *bench, const char *variant,
			      const char *metric);
double row_median(const struct row *row);
void row_range(const struct row *row, double *least, double *most);
/* False where the row has no baseline or the baseline was not measured. */
bool row_ratio(const struct results *r, const struct row *row, double *ratio);

/* To another row than its baseline's, or to the greater of two in each round; other may be NULL. */
bool row_ratio_to(const struct row *row, const struct row *base, const struct row *other,
		  double *ratio);

/* The rows of one bench, aligned. */
void print_table(const struct results *r, const char *bench);
/* All rows as an array of objects; json_can() is false where it was compiled without. */
bool json_can(void);
void print_json(const struct results *r);

#endif
