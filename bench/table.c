/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: results as a table for people.
 * Must never: compute a figure.
 */
#include <stdio.h>
#include <string.h>

#include "result.h"

#define COLUMNS 8

struct line {
	char cell[COLUMNS][48];
};

static const char *const head[COLUMNS] = {"bench", "variant",  "metric",   "value",
					  "unit",  "min..max", "baseline", "ratio"};
/* Figures stand right, names left. */
static const char right[COLUMNS] = {0, 0, 0, 1, 0, 1, 0, 1};

static void number(char *to, size_t size, double value)
{
	/* Four digits that mean something, not a row of zeros behind the point. */
	int decimals = value >= 1000 ? 0 : value >= 100 ? 1 : value >= 1 ? 2 : 4;

	snprintf(to, size, "%.*f", decimals, value);
}

static struct line line_of(const struct results *r, const struct row *row)
{
	struct line line = {0};
	char low[20], high[20];
	double least, most, ratio;

	snprintf(line.cell[0], sizeof(line.cell[0]), "%s", row->bench);
	snprintf(line.cell[1], sizeof(line.cell[1]), "%s", row->variant);
	snprintf(line.cell[2], sizeof(line.cell[2]), "%s", row->metric);
	number(line.cell[3], sizeof(line.cell[3]), row_median(row));
	snprintf(line.cell[4], sizeof(line.cell[4]), "%s", row->unit);
	row_range(row, &least, &most);
	number(low, sizeof(low), least);
	number(high, sizeof(high), most);
	snprintf(line.cell[5], sizeof(line.cell[5]), "%s..%s", low, high);
	snprintf(line.cell[6], sizeof(line.cell[6]), "%s", row->baseline[0] ? row->baseline : "-");
	if (row_ratio(r, row, &ratio))
		snprintf(line.cell[7], sizeof(line.cell[7]), "%.3f", ratio);
	else
		snprintf(line.cell[7], sizeof(line.cell[7]), "-");
	return line;
}

static void print_line(const char *const cells[COLUMNS], const int width[COLUMNS])
{
	for (int c = 0; c < COLUMNS; c++) {
		const char *gap = c ? "  " : "";

		if (right[c])
			printf("%s%*s", gap, width[c], cells[c]);
		else
			printf("%s%-*s", gap, width[c], cells[c]);
	}
	putchar('\n');
}

void print_table(const struct results *r, const char *bench)
{
	int width[COLUMNS];

	for (int c = 0; c < COLUMNS; c++)
		width[c] = (int)strlen(head[c]);
	for (size_t i = 0; i < r->count; i++) {
		struct line line = line_of(r, &r->rows[i]);

		if (strcmp(r->rows[i].bench, bench) != 0)
			continue;
		for (int c = 0; c < COLUMNS; c++) {
			int length = (int)strlen(line.cell[c]);

			width[c] = length > width[c] ? length : width[c];
		}
	}
	print_line(head, width);
	for (size_t i = 0; i < r->count; i++) {
		struct line line = line_of(r, &r->rows[i]);
		const char *cells[COLUMNS];

		if (strcmp(r->rows[i].bench, bench) != 0)
			continue;
		for (int c = 0; c < COLUMNS; c++)
			cells[c] = line.cell[c];
		print_line(cells, width);
	}
	putchar('\n');
}
