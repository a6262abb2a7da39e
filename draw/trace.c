/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the picture of a trace: what is where in it.
 * Must never: believe an entry: what does not lie in the region is left out.
 */
#include "draw.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "axis.h"
#include "latencies.h"
#include "marks.h"
#include "theme.h"
#include "units.h"

#define WIDTH  1200
#define HEIGHT 930
#define LEFT   104
#define RIGHT  (WIDTH - 48)
#define DOT    " \xc2\xb7 "

/* Multiples of MARKS_CELL, and room for thick marks at the edges. */
static const struct box plot = {.left = LEFT, .top = 130, .width = RIGHT - LEFT, .height = 480};
static const struct box histogram = {
	.left = LEFT, .top = 710, .width = RIGHT - LEFT, .height = 160};
#define INSET       6
#define LINES       8
#define PAGES_LEAST 64 /* that are shown of a region */

/* What is told in numbers. */
struct totals {
	uint64_t faults;
	uint64_t demands;
	uint64_t prefetches;
	uint64_t around; /* pages */
	uint64_t shown;  /* entries */
	uint64_t low;    /* the bytes that were asked for */
	uint64_t high;
	uint64_t end; /* the latest time, ns */
};

struct picture {
	struct svg svg;
	const struct uffd_workingset_info *info;
	const struct uffd_workingset_entry *entries;
	uint64_t count;
	struct totals totals;
	struct latencies latencies;
	struct marks marks;
	struct axis time;
	struct axis address;
	uint64_t base; /* labels of addresses are relative to it */
};

/* The layer of what was asked for; -1: a kind that is not known here, or outside of the region. */
static int layer_of(const struct uffd_workingset_info *info, const struct uffd_workingset_entry *e)
{
	if (e->length == 0 || e->offset >= info->region_length ||
	    e->length > info->region_length - e->offset)
		return -1;
	switch (e->kind) {
	case LIBUFFD_FAULT_MISSING:
	case LIBUFFD_FAULT_MINOR:
		return MARKS_FAULT;
	case LIBUFFD_DEMAND:
		return MARKS_DEMAND;
	case LIBUFFD_PREFETCH:
		return MARKS_PREFETCH;
	default:
		return -1;
	}
}

static void add_up(struct picture *p)
{
	struct totals *t = &p->totals;

	t->low = UINT64_MAX;
	for (uint64_t i = 0; i < p->count; i++) {
		const struct uffd_workingset_entry *e = &p->entries[i];
		int layer = layer_of(p->info, e);

		if (layer < 0)
			continue;
		t->faults += layer == MARKS_FAULT;
		t->demands += layer == MARKS_DEMAND;
		t->prefetches += layer == MARKS_PREFETCH;
		if (layer == MARKS_FAULT && e->length > p->info->page_size)
			t->around += e->length / p->info->page_size - 1;
		t->shown++;
		t->low = e->offset < t->low ? e->offset : t->low;
		t->high = e->offset + e->length > t->high ? e->offset + e->length : t->high;
		t->end = e->time_ns > t->end ? e->time_ns : t->end;
	}
}

/* What was asked for, with a step around it. */
static void choose_part(struct picture *p)
{
	const struct totals *t = &p->totals;
	struct axis *a = &p->address;
	uint64_t least = p->info->page_size * PAGES_LEAST;
	uint64_t span = t->high - t->low;

	a->step = axis_binary_step(span > least ? span : least, LINES);
	a->low = t->low < a->high - least ? t->low : a->high - least;
	a->low -= a->low % a->step;
	a->high = a->high - t->high < a->step ? a->high : t->high + a->step;
	if (a->high - a->low < least)
		a->high = a->low + least;
	/* Numbers that stay short are told whole. */
	p->base = a->low / a->step > 4096 ? a->low : 0;
}

static void choose_addresses(struct picture *p)
{
	const struct totals *t = &p->totals;
	uint64_t length = p->info->region_length;

	p->address = (struct axis){
		.high = length,
		.from = plot.top + plot.height - INSET,
		.to = plot.top + INSET,
		.step = axis_binary_step(length, LINES),
	};
	if (t->shown > 0 && t->high - t->low < length / 4 &&
	    length / p->info->page_size > 4 * PAGES_LEAST)
		choose_part(p);
}

static void choose_times(struct picture *p)
{
	p->time = (struct axis){
		.high = p->totals.end > 0 ? p->totals.end : 1000000,
		.from = plot.left + INSET,
		.to = plot.left + plot.width - INSET,
	};
	p->time.step = axis_decimal_step(p->time.high, LINES);
}

static int add_marks(struct picture *p)
{
	int ret = marks_open(&p->marks, plot.width, plot.height);

	if (ret < 0)
		return ret;
	for (uint64_t i = 0; i < p->count; i++) {
		const struct uffd_workingset_entry *e = &p->entries[i];
		int layer = layer_of(p->info, e);
		uint64_t wanted = e->fault_offset;
		int x, top, bottom;

		if (layer < 0)
			continue;
		x = axis_at(&p->time, e->time_ns) - plot.left;
		top = axis_at(&p->address, e->offset + e->length) - plot.top;
		bottom = axis_at(&p->address, e->offset) - plot.top;
		if (layer != MARKS_FAULT) {
			marks_add(&p->marks, layer, x, top, bottom);
			continue;
		}
		if (e->length > p->info->page_size)
			marks_add(&p->marks, MARKS_AROUND, x, top, bottom);
		if (wanted < e->offset || wanted - e->offset >= e->length)
			wanted = e->offset;
		top = axis_at(&p->address, wanted + p->info->page_size) - plot.top;
		bottom = axis_at(&p->address, wanted) - plot.top;
		marks_add(&p->marks, MARKS_FAULT, x, top, bottom);
	}
	return 0;
}

static void draw_head(struct picture *p, const char *title)
{
	const struct uffd_workingset_info *info = p->info;
	char length[UNITS_TEXT], page[UNITS_TEXT], count[UNITS_TEXT], pages[UNITS_TEXT];
	char bytes[UNITS_TEXT], lost[UNITS_TEXT], fitted[512];

	svg_fit(fitted, sizeof(fitted), title, THEME_TITLE, RIGHT - LEFT);
	svg_text(&p->svg, "title", LEFT, 42, "%s", fitted);
	units_count(lost, info->lost);
	svg_text(&p->svg, "note", LEFT, 66,
		 "region: %s" DOT "page: %s" DOT "entries: %s%s%s" DOT "pages of a replay: %s (%s)",
		 units_bytes(length, info->region_length), units_bytes(page, info->page_size),
		 units_count(count, p->count), info->lost ? DOT "lost: " : "",
		 info->lost ? lost : "", units_count(pages, info->pages),
		 units_about(bytes, info->pages * info->page_size));
}

static void draw_legend(struct picture *p)
{
	const struct totals *t = &p->totals;
	const struct {
		int x;
		int layer;
		const char *name;
		uint64_t count;
		const char *unit;
	} items[] = {
		{LEFT, MARKS_FAULT, "faults", t->faults, ""},
		{LEFT + 200, MARKS_AROUND, "fault-around", t->around, " pages"},
		{LEFT + 500, MARKS_DEMAND, "demands", t->demands, ""},
		{LEFT + 720, MARKS_PREFETCH, "prefetches", t->prefetches, ""},
	};

	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++) {
		char count[UNITS_TEXT];

		svg_rect(&p->svg, marks_class[items[i].layer], items[i].x, 82, 12, 12);
		svg_text(&p->svg, "legend", items[i].x + 18, 93, "%s: %s%s", items[i].name,
			 units_count(count, items[i].count), items[i].unit);
	}
}

/* Milliseconds, or seconds where they would be long. */
static void draw_times(struct picture *p)
{
	const struct axis *a = &p->time;
	bool seconds = a->high >= UINT64_C(20000000000);
	double unit = seconds ? 1e9 : 1e6;
	int bottom = plot.top + plot.height;
	uint64_t t = 0;
	int places = 0;

	for (double step = (double)a->step / unit; places < 6 && step < 0.999; step *= 10)
		places++;
	do {
		int x = axis_at(a, t);

		svg_line(&p->svg, "grid", x, plot.top, x, bottom);
		svg_text(&p->svg, "tick middle", x, bottom + 18, "%.*f", places, (double)t / unit);
		t = axis_next(a, t);
	} while (t);
	svg_line(&p->svg, "base", plot.left, bottom, plot.left + plot.width, bottom);
	svg_text(&p->svg, "axis middle", plot.left + plot.width / 2, bottom + 38,
		 "time since the recording began, %s", seconds ? "s" : "ms");
}

static void draw_addresses(struct picture *p)
{
	const struct axis *a = &p->address;
	char text[UNITS_TEXT];
	uint64_t at = axis_first(a);

	while (at <= a->high) {
		int y = axis_at(a, at);

		svg_line(&p->svg, "grid", plot.left, y, plot.left + plot.width, y);
		svg_text(&p->svg, "tick end", plot.left - 8, y + 4, "%s%s", p->base ? "+" : "",
			 units_bytes(text, at - p->base));
		at = axis_next(a, at);
		if (at == 0)
			break;
	}
	if (p->base)
		svg_text(&p->svg, "axis", plot.left, plot.top - 10,
			 "offset in the region, from 0x%" PRIx64 " (%s) on", p->base,
			 units_about(text, p->base));
	else
		svg_text(&p->svg, "axis", plot.left, plot.top - 10, "offset in the region");
}

/* Few marks are large; so many that they cover each other are small. */
static int thickness(uint64_t count)
{
	return count <= 50 ? 8 : count <= 300 ? 6 : count <= 3000 ? 4 : MARKS_CELL;
}

static void draw_plot(struct picture *p)
{
	svg_rect(&p->svg, "plot", plot.left, plot.top, plot.width, plot.height);
	draw_times(p);
	draw_addresses(p);
	if (p->totals.shown == 0)
		svg_text(&p->svg, "note middle", plot.left + plot.width / 2,
			 plot.top + plot.height / 2 + 4, "nothing was asked for");
	marks_draw(&p->marks, &p->svg, plot.left, plot.top, thickness(p->totals.shown));
}

int draw_trace(FILE *out, const char *title, const struct uffd_workingset_info *info,
	       const struct uffd_workingset_entry *entries, uint64_t count)
{
	struct picture p = {.info = info, .entries = entries, .count = count};
	int ret;

	if (!out || !title || !info || (!entries && count > 0) || info->page_size == 0 ||
	    info->region_length == 0)
		return -EINVAL;
	add_up(&p);
	choose_addresses(&p);
	choose_times(&p);
	ret = latencies_count(&p.latencies, entries, count);
	if (ret < 0)
		return ret;
	ret = add_marks(&p);
	if (ret < 0)
		return ret;
	svg_open(&p.svg, out, WIDTH, HEIGHT, title,
		 "What was asked of a region, address over time, and how long it took.");
	draw_head(&p, title);
	draw_legend(&p);
	draw_plot(&p);
	latencies_draw(&p.latencies, &p.svg, &histogram);
	marks_close(&p.marks);
	return svg_close(&p.svg);
}
