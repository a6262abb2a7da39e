/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the picture of named values as bars.
 * Must never: leave a bar without its number, or draw one for a value that is not there.
 */
#include "draw.h"

#include <errno.h>
#include <math.h>

#include "svg.h"
#include "theme.h"
#include "units.h"

#define WIDTH     1000
#define RIGHT     (WIDTH - 110) /* what is behind it is for the number of the longest bar */
#define BAR       16
#define BAR_GAP   3
#define GROUP_GAP 18
#define NAME_MOST 300 /* pixels */
#define LINE_GAP  20  /* pixels, between the numbers of lines */
#define LINES     8
#define TOP       64

static const char *const classes[DRAW_SERIES_MAX] = {"s0", "s1", "s2", "s3",
						     "s4", "s5", "s6", "s7"};

struct chart {
	struct svg svg;
	const char *const *series;
	size_t series_count;
	const struct draw_bar *bars;
	size_t bar_count;
	const char *unit;
	bool log_scale;
	double low;  /* at left */
	double high; /* at right */
	int left;
	int top; /* of the plot */
	int bottom;
};

static bool valid(const struct chart *c)
{
	for (size_t i = 0; i < c->bar_count; i++) {
		if (!c->bars[i].name || !c->bars[i].values)
			return false;
		for (size_t k = 0; k < c->series_count; k++)
			if (isinf(c->bars[i].values[k]) || c->bars[i].values[k] < 0)
				return false;
	}
	for (size_t k = 0; k < c->series_count; k++)
		if (!c->series[k])
			return false;
	return true;
}

/* Whole decades: a bar of the smallest value is there too. */
static void choose_log_range(struct chart *c, double least, double most)
{
	c->low = pow(10, floor(log10(least)));
	if (least < c->low * 1.25)
		c->low /= 10;
	c->high = pow(10, ceil(log10(most)));
	if (c->high <= c->low * 1.001)
		c->high = c->low * 10;
}

static void choose_range(struct chart *c)
{
	double least = INFINITY, most = 0;

	for (size_t i = 0; i < c->bar_count; i++) {
		for (size_t k = 0; k < c->series_count; k++) {
			double value = c->bars[i].values[k];

			if (value > most)
				most = value;
			if (value > 0 && value < least)
				least = value;
		}
	}
	if (most == 0)
		least = most = 1;
	c->high = most;
	if (c->log_scale)
		choose_log_range(c, least, most);
}

static void choose_places(struct chart *c)
{
	int group = (int)c->series_count * (BAR + BAR_GAP) - BAR_GAP;
	int widest = 0;

	for (size_t i = 0; i < c->bar_count; i++) {
		int width = svg_width(c->bars[i].name, THEME_TEXT);

		widest = width > widest ? width : widest;
	}
	c->left = 32 + (widest < NAME_MOST ? widest : NAME_MOST) + 12;
	c->bottom =
		c->top + GROUP_GAP / 2 + (int)c->bar_count * (group + GROUP_GAP) - GROUP_GAP / 2;
	if (c->bar_count == 0)
		c->bottom = c->top + 60;
}

static int x_of(const struct chart *c, double value)
{
	double share = value / c->high;

	if (c->log_scale)
		share = value <= c->low ? 0 : log10(value / c->low) / log10(c->high / c->low);
	return c->left + (int)lround(share * (RIGHT - c->left));
}

/* Names each series; wraps where a line is full. Draws, or only finds the top of the plot. */
static void place_legend(struct chart *c, bool draw)
{
	int x = 32, y = TOP;

	c->top = TOP;
	if (c->series_count < 2)
		return;
	for (size_t k = 0; k < c->series_count; k++) {
		char name[256];
		int width;

		svg_fit(name, sizeof(name), c->series[k], THEME_TEXT, NAME_MOST);
		width = 18 + svg_width(name, THEME_TEXT) + 22;
		if (x > 32 && x + width > WIDTH - 32) {
			x = 32;
			y += 22;
		}
		if (draw) {
			svg_rect(&c->svg, classes[k], x, y, 12, 12);
			svg_text(&c->svg, "legend", x + 18, y + 11, "%s", name);
		}
		x += width;
	}
	c->top = y + 30;
}

static void draw_line(struct chart *c, double value)
{
	char text[UNITS_TEXT];
	int x = x_of(c, value);

	svg_line(&c->svg, "grid", x, c->top, x, c->bottom);
	svg_text(&c->svg, "tick middle", x, c->bottom + 18, "%s", units_number(text, value));
}

/* How many lines have room for their numbers, of which the longest may lie in between. */
static int lines(const struct chart *c)
{
	const double numbers[] = {c->low, c->high, fmin(c->high, 1e9)};
	int widest = 0, most;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		char text[UNITS_TEXT];
		int width = svg_width(units_number(text, numbers[i]), THEME_SMALL);

		widest = width > widest ? width : widest;
	}
	most = (RIGHT - c->left) / (widest + LINE_GAP);
	return most < LINES ? most : LINES;
}

static void draw_decades(struct chart *c)
{
	int first = (int)lround(log10(c->low)), last = (int)lround(log10(c->high));
	int every = (last - first) / lines(c) + 1;

	for (int decade = first; decade <= last; decade += every)
		draw_line(c, pow(10, decade));
}

static void draw_steps(struct chart *c)
{
	int most = lines(c);
	double ten = pow(10, floor(log10(c->high / most)));
	double step = ten;

	while (c->high / step > most)
		step = step < 1.5 * ten ? 2 * ten : step < 4 * ten ? 5 * ten : 10 * ten;
	for (int i = 0; i * step <= c->high * 1.0001; i++)
		draw_line(c, i * step);
}

static void draw_scale(struct chart *c)
{
	svg_rect(&c->svg, "plot", c->left, c->top, RIGHT - c->left, c->bottom - c->top);
	if (c->log_scale)
		draw_decades(c);
	else
		draw_steps(c);
	svg_line(&c->svg, "base", c->left, c->top, c->left, c->bottom);
	svg_text(&c->svg, "axis middle", (c->left + RIGHT) / 2, c->bottom + 38, "%s%s", c->unit,
		 c->log_scale ? ", logarithmic" : "");
}

static void draw_group(struct chart *c, const struct draw_bar *bar, int y)
{
	int height = (int)c->series_count * (BAR + BAR_GAP) - BAR_GAP;
	char name[256], text[UNITS_TEXT];

	svg_fit(name, sizeof(name), bar->name, THEME_TEXT, NAME_MOST);
	svg_text(&c->svg, "name end", c->left - 10, y + height / 2 + 5, "%s", name);
	for (size_t k = 0; k < c->series_count; k++, y += BAR + BAR_GAP) {
		double value = bar->values[k];
		int x = c->left;

		if (!isnan(value)) {
			x = x_of(c, value);
			if (x == c->left && value > 0)
				x++;
			svg_rect(&c->svg, classes[k], c->left, y, x - c->left, BAR);
		}
		svg_text(&c->svg, "value", x + 6, y + BAR - 4, "%s",
			 isnan(value) ? "no value" : units_number(text, value));
	}
}

static void draw_chart(struct chart *c)
{
	int height = (int)c->series_count * (BAR + BAR_GAP) - BAR_GAP;
	int y = c->top + GROUP_GAP / 2;

	place_legend(c, true);
	draw_scale(c);
	for (size_t i = 0; i < c->bar_count; i++) {
		draw_group(c, &c->bars[i], y);
		y += height + GROUP_GAP;
	}
	if (c->bar_count == 0)
		svg_text(&c->svg, "note middle", (c->left + RIGHT) / 2,
			 (c->top + c->bottom) / 2 + 4, "nothing was measured");
}

int draw_bars(FILE *out, const char *title, const char *const *series, size_t series_count,
	      const char *unit, const struct draw_bar *bars, size_t bar_count, bool log_scale)
{
	struct chart c = {
		.series = series,
		.series_count = series_count,
		.bars = bars,
		.bar_count = bar_count,
		.unit = unit,
		.log_scale = log_scale,
	};
	char fitted[512];

	if (!out || !title || !series || !unit || (!bars && bar_count > 0) || series_count == 0 ||
	    series_count > DRAW_SERIES_MAX || !valid(&c))
		return -EINVAL;
	choose_range(&c);
	place_legend(&c, false);
	choose_places(&c);
	svg_open(&c.svg, out, WIDTH, c.bottom + 56, title, "Values as horizontal bars.");
	svg_fit(fitted, sizeof(fitted), title, THEME_TITLE, WIDTH - 64);
	svg_text(&c.svg, "title", 32, 42, "%s", fitted);
	draw_chart(&c);
	return svg_close(&c.svg);
}
