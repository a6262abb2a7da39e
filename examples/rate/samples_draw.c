/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the picture of the samples: pages written in each interval, over time.
 * Must never: grow with the number of samples: those of one pixel are one bar, the highest.
 */
#include "samples.h"

#include <errno.h>

#include <axis.h>
#include <svg.h>
#include <theme.h>
#include <units.h>

#include "../vm/util.h"

#define WIDTH  1000
#define HEIGHT 480
#define LEFT   96
#define RIGHT  (WIDTH - 40)
#define TOP    104
#define BOTTOM (HEIGHT - 64)
#define LINES  8

struct picture {
	struct svg svg;
	const struct samples *samples;
	struct axis time;
	struct axis pages;
};

static void choose_axes(struct picture *p)
{
	uint64_t most = 1;

	for (size_t i = 0; i < p->samples->count; i++)
		if (p->samples->list[i].pages > most)
			most = p->samples->list[i].pages;
	p->pages = (struct axis){.high = most, .from = BOTTOM, .to = TOP + 8};
	p->pages.step = axis_decimal_step(most, LINES);
	p->time = (struct axis){.high = 1, .from = LEFT, .to = RIGHT};
	if (p->samples->count)
		p->time.high = p->samples->list[p->samples->count - 1].end;
	p->time.step = axis_decimal_step(p->time.high, LINES);
}

static void draw_grid(struct picture *p)
{
	const struct axis *t = &p->time, *n = &p->pages;
	char text[UNITS_TEXT];
	uint64_t at = 0;
	int places = 0;

	for (double step = (double)t->step / 1e9; places < 6 && step < 0.999; step *= 10)
		places++;
	svg_rect(&p->svg, "plot", LEFT, TOP, RIGHT - LEFT, BOTTOM - TOP);
	do {
		int y = axis_at(n, at);

		svg_line(&p->svg, "grid", LEFT, y, RIGHT, y);
		svg_text(&p->svg, "tick end", LEFT - 8, y + 4, "%s", units_count(text, at));
		at = axis_next(n, at);
	} while (at);
	do {
		int x = axis_at(t, at);

		svg_line(&p->svg, "grid", x, TOP, x, BOTTOM);
		svg_text(&p->svg, "tick middle", x, BOTTOM + 18, "%.*f", places, (double)at / 1e9);
		at = axis_next(t, at);
	} while (at);
	svg_text(&p->svg, "axis", LEFT, TOP - 10, "pages written in an interval");
	svg_text(&p->svg, "axis middle", (LEFT + RIGHT) / 2, BOTTOM + 40, "time, s");
}

static void draw_bar(struct picture *p, int x, int end, uint64_t pages)
{
	int gap = end - x > 3;
	int top = axis_at(&p->pages, pages);

	if (pages)
		svg_rect(&p->svg, "s0", x, top < BOTTOM ? top : BOTTOM - 1,
			 end - x - gap > 0 ? end - x - gap : 1, top < BOTTOM ? BOTTOM - top : 1);
}

static void draw_samples(struct picture *p)
{
	const struct samples *s = p->samples;

	for (size_t i = 0; i < s->count;) {
		int x = axis_at(&p->time, s->list[i].begin);
		uint64_t highest = 0;
		int end = x;

		for (; i < s->count && axis_at(&p->time, s->list[i].begin) == x; i++) {
			if (s->list[i].pages > highest)
				highest = s->list[i].pages;
			end = axis_at(&p->time, s->list[i].end);
		}
		draw_bar(p, x, end, highest);
	}
	svg_line(&p->svg, "base", LEFT, BOTTOM, RIGHT, BOTTOM);
}

int samples_draw(const struct samples *s, const struct arena *arena, const char *subtitle,
		 const char *path)
{
	struct picture p = {.samples = s};
	char size[UNITS_TEXT], page[UNITS_TEXT];
	FILE *out = fopen(path, "we");
	int ret;

	if (!out)
		return complain_error(path, errno);
	choose_axes(&p);
	svg_open(&p.svg, out, WIDTH, HEIGHT, "Dirty rate",
		 "How many pages were written in each interval, over time.");
	svg_text(&p.svg, "title", LEFT, 42, "Dirty rate");
	svg_text(&p.svg, "note", LEFT, 66, "%s of memory, pages of %s, %s",
		 units_bytes(size, arena->size), units_bytes(page, arena->page_size), subtitle);
	draw_grid(&p);
	draw_samples(&p);
	ret = svg_close(&p.svg);
	if (fclose(out) == EOF && ret == 0)
		ret = -errno;
	return ret < 0 ? complain_error(path, ret) : 0;
}
