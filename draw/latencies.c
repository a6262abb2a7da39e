/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the histogram of a trace. See latencies.h.
 * Must never: let two labels meet: those of the median and the 99th percentile stand on the outer
 * sides of their lines, and there is room for them beside the bars.
 */
#include "latencies.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "axis.h"
#include "theme.h"
#include "units.h"

#define LABEL_WIDTH 100 /* pixels, "p99 12.3 ms" */
#define TICK_WIDTH  64
#define LABEL_ROOM  40 /* above the highest bar */
#define LINES       4

static bool waits(const struct uffd_workingset_entry *e)
{
	return e->kind == LIBUFFD_FAULT_MISSING || e->kind == LIBUFFD_FAULT_MINOR ||
	       e->kind == LIBUFFD_DEMAND;
}

/* The bucket of a latency is where 2^(b - 10) microseconds are not above it. */
static int bucket_of(uint64_t ns)
{
	int bucket = 0;

	/* 2^(b - 10) us are 125 * 2^b / 128 ns, rounded up. */
	while (bucket + 1 < LATENCY_BUCKETS && ns >= ((UINT64_C(125) << (bucket + 1)) + 127) >> 7)
		bucket++;
	return bucket;
}

static int by_size(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The nearest rank: the smallest that is not below permille thousandths of them. */
static uint64_t quantile(const uint64_t *sorted, uint64_t count, unsigned int permille)
{
	uint64_t rank = count / 1000 * permille + (count % 1000 * permille + 999) / 1000;

	return sorted[rank > 0 ? rank - 1 : 0];
}

int latencies_count(struct latencies *l, const struct uffd_workingset_entry *entries,
		    uint64_t count)
{
	uint64_t *sorted = NULL;

	*l = (struct latencies){0};
	if (count > 0) {
		sorted = calloc(count, sizeof(*sorted));
		if (!sorted)
			return -ENOMEM;
	}
	for (uint64_t i = 0; i < count; i++) {
		const struct uffd_workingset_entry *e = &entries[i];
		bool demand = e->kind == LIBUFFD_DEMAND;

		if (!waits(e))
			continue;
		if (e->latency_ns == 0) {
			l->without++;
			continue;
		}
		(demand ? l->demands : l->faults)[bucket_of(e->latency_ns)]++;
		sorted[l->count++] = e->latency_ns;
	}
	if (l->count > 0) {
		qsort(sorted, l->count, sizeof(*sorted), by_size);
		l->median = quantile(sorted, l->count, 500);
		l->p99 = quantile(sorted, l->count, 990);
		l->longest = sorted[l->count - 1];
	}
	free(sorted);
	return 0;
}

/* The buckets that are shown, and how wide each is. */
struct view {
	const struct latencies *l;
	const struct box *box;
	int first;
	int last;
	double bucket_width;
	double left; /* of the first bucket: a label has room before it and after the last */
	struct axis counts;
};

static uint64_t in_bucket(const struct latencies *l, int bucket)
{
	return l->faults[bucket] + l->demands[bucket];
}

static void view_make(struct view *v, const struct latencies *l, const struct box *box)
{
	uint64_t most = 1;

	*v = (struct view){.l = l, .box = box, .first = LATENCY_BUCKETS, .last = -1};
	for (int b = 0; b < LATENCY_BUCKETS; b++) {
		if (in_bucket(l, b) == 0)
			continue;
		if (v->first > b)
			v->first = b;
		v->last = b;
		most = in_bucket(l, b) > most ? in_bucket(l, b) : most;
	}
	v->left = box->left + LABEL_WIDTH;
	v->bucket_width = (double)(box->width - 2 * LABEL_WIDTH) / (v->last - v->first + 1);
	if (v->bucket_width > LABEL_WIDTH) { /* few: not wider than is good to look at */
		v->left += (v->bucket_width - LABEL_WIDTH) * (v->last - v->first + 1) / 2;
		v->bucket_width = LABEL_WIDTH;
	}
	v->counts = (struct axis){
		.high = most,
		.from = box->top + box->height,
		.to = box->top + LABEL_ROOM,
		.step = axis_decimal_step(most, LINES),
	};
}

static int edge(const struct view *v, int bucket)
{
	return (int)lround(v->left + (bucket - v->first) * v->bucket_width);
}

static void draw_grid(const struct view *v, struct svg *s)
{
	const struct box *box = v->box;
	char text[UNITS_TEXT];

	svg_rect(s, "plot", box->left, box->top, box->width, box->height);
	for (uint64_t n = v->counts.step; n; n = axis_next(&v->counts, n)) {
		int y = axis_at(&v->counts, n);

		svg_line(s, "grid", box->left, y, box->left + box->width, y);
		svg_text(s, "tick end", box->left - 8, y + 4, "%s", units_count(text, n));
	}
	svg_text(s, "tick end", box->left - 8, v->counts.from + 4, "0");
}

static void draw_bucket_edges(const struct view *v, struct svg *s)
{
	int y = v->box->top + v->box->height;
	int every = 1;

	while (v->bucket_width * every < TICK_WIDTH)
		every *= 2;
	svg_line(s, "base", v->box->left, y, v->box->left + v->box->width, y);
	for (int b = v->first; b <= v->last + 1; b++) {
		char text[UNITS_TEXT];
		double ns = ldexp(1000, b - 10);

		if ((b - 10) % every)
			continue;
		svg_line(s, "base", edge(v, b), y, edge(v, b), y + 4);
		svg_text(s, "tick middle", edge(v, b), y + 18, "%s",
			 units_time(text, (uint64_t)(ns + 0.5)));
	}
	svg_text(s, "axis middle", v->box->left + v->box->width / 2, y + 38,
		 "latency, until the content was there");
}

/* One bar on another; what is there can be seen. */
static int draw_bar(const struct view *v, struct svg *s, const char *class, int bucket,
		    uint64_t count, int bottom)
{
	int height = v->counts.from - axis_at(&v->counts, count);
	int x = edge(v, bucket) + 1;

	if (count == 0)
		return bottom;
	if (height < 2)
		height = 2;
	svg_rect(s, class, x, bottom - height, edge(v, bucket + 1) - x - 1, height);
	return bottom - height;
}

static void draw_bars(const struct view *v, struct svg *s)
{
	for (int b = v->first; b <= v->last; b++) {
		int bottom = v->counts.from;

		bottom = draw_bar(v, s, "fault", b, v->l->faults[b], bottom);
		draw_bar(v, s, "demand", b, v->l->demands[b], bottom);
	}
}

/* The numbers of the bars, where they fit between their neighbours. */
static void draw_numbers(const struct view *v, struct svg *s)
{
	for (int b = v->first; b <= v->last; b++) {
		uint64_t count = in_bucket(v->l, b);
		char text[UNITS_TEXT];
		int width;

		if (count == 0)
			continue;
		width = svg_width(units_count(text, count), THEME_SMALL);
		if (width > v->bucket_width - 2)
			continue;
		svg_text(s, "value middle", (edge(v, b) + edge(v, b + 1)) / 2,
			 axis_at(&v->counts, count) - 6, "%s", text);
	}
}

static int x_of(const struct view *v, uint64_t ns)
{
	double bucket = fmin(log2((double)ns / 1000) + 10, v->last + 1);

	return (int)lround(v->left + (bucket - v->first) * v->bucket_width);
}

static void draw_quantiles(const struct view *v, struct svg *s)
{
	int median = x_of(v, v->l->median), p99 = x_of(v, v->l->p99);
	int top = v->box->top, bottom = top + v->box->height;
	char text[UNITS_TEXT];

	svg_line(s, "mark", median, top, median, bottom);
	if (p99 != median)
		svg_line(s, "mark", p99, top, p99, bottom);
	svg_text(s, "label end", median - 6, top + 15, "p50 %s", units_time(text, v->l->median));
	svg_text(s, "label", p99 + 6, top + 15, "p99 %s", units_time(text, v->l->p99));
}

static void draw_heading(const struct latencies *l, struct svg *s, const struct box *box)
{
	char count[UNITS_TEXT], longest[UNITS_TEXT], without[UNITS_TEXT];

	svg_text(s, "heading", box->left, box->top - 14, "How long faults and demands waited");
	if (l->count == 0)
		return;
	units_count(without, l->without);
	svg_text(s, "note end", box->left + box->width, box->top - 14,
		 "%s of them \xc2\xb7 longest %s%s%s%s", units_count(count, l->count),
		 units_time(longest, l->longest), l->without ? " \xc2\xb7 " : "",
		 l->without ? without : "", l->without ? " more without a time" : "");
}

void latencies_draw(const struct latencies *l, struct svg *s, const struct box *box)
{
	struct view v;

	draw_heading(l, s, box);
	if (l->count == 0) {
		svg_rect(s, "plot", box->left, box->top, box->width, box->height);
		svg_text(s, "note middle", box->left + box->width / 2,
			 box->top + box->height / 2 + 4,
			 l->without ? "no latency was recorded" : "nothing waited");
		return;
	}
	view_make(&v, l, box);
	draw_grid(&v, s);
	draw_bars(&v, s);
	draw_quantiles(&v, s);
	draw_bucket_edges(&v, s);
	draw_numbers(&v, s);
}
