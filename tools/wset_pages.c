/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: which pages two working sets have in common, and how alike the order is in which they were
 * asked for.
 * Must never: take memory for each page: a region may have more of them than fit.
 *
 * Where an entry of either set begins or ends the region is cut. A run of pages between two cuts is
 * in a set as a whole or not at all, and its pages have been asked for together.
 */
#include "wset.h"

#include <errno.h>
#include <stdlib.h>

#define NOT_IN UINT64_MAX

struct run {
	uint64_t start; /* bytes */
	uint64_t pages;
	uint64_t entry[2];    /* of each set, which asked for it first; NOT_IN */
	uint64_t position[2]; /* in each set's order of the pages that are in both */
};

struct runs {
	struct run *run; /* by address; one behind the last has the last cut */
	uint64_t count;
	uint64_t *next; /* the next that may not have been asked for yet; a shortcut may be old */
};

static bool in_replay(const struct uffd_workingset_entry *e)
{
	int kind = wset_kind(e);

	return kind >= 0 && kind != WSET_PREFETCH && e->length > 0;
}

static int by_start(const void *a, const void *b)
{
	const struct run *x = a, *y = b;

	return (x->start > y->start) - (x->start < y->start);
}

static uint64_t add_cuts(struct run *run, const struct wset *w)
{
	uint64_t count = 0;

	for (uint64_t i = 0; i < w->info.entries; i++) {
		const struct uffd_workingset_entry *e = &w->entries[i];

		if (!in_replay(e))
			continue;
		run[count++].start = e->offset;
		run[count++].start = e->offset + e->length;
	}
	return count;
}

static int runs_make(struct runs *r, const struct wset *a, const struct wset *b)
{
	uint64_t cuts = 2 * (a->info.entries + b->info.entries) + 1;
	uint64_t kept = 0;

	r->run = calloc(cuts, sizeof(*r->run));
	r->next = calloc(cuts, sizeof(*r->next));
	if (!r->run || !r->next)
		return -ENOMEM;
	cuts = add_cuts(r->run, a);
	cuts += add_cuts(r->run + cuts, b);
	qsort(r->run, cuts, sizeof(*r->run), by_start);
	for (uint64_t i = 0; i < cuts; i++)
		if (kept == 0 || r->run[i].start != r->run[kept - 1].start)
			r->run[kept++] = r->run[i];
	r->count = kept > 0 ? kept - 1 : 0;
	for (uint64_t i = 0; i < r->count; i++) {
		struct run *run = &r->run[i];

		run->pages = (run[1].start - run->start) / a->info.page_size;
		run->entry[0] = run->entry[1] = NOT_IN;
	}
	return 0;
}

static uint64_t run_at(const struct runs *r, uint64_t start)
{
	struct run key = {.start = start};
	const struct run *found = bsearch(&key, r->run, r->count + 1, sizeof(key), by_start);

	return (uint64_t)(found - r->run); /* every start and end is a cut */
}

/* The first run from i on that was not asked for yet. */
static uint64_t not_asked(struct runs *r, uint64_t i)
{
	uint64_t end = i;

	while (r->next[end] != end)
		end = r->next[end];
	while (r->next[i] != end) {
		uint64_t after = r->next[i];

		r->next[i] = end;
		i = after;
	}
	return end;
}

static void ask(struct runs *r, const struct wset *w, int set)
{
	for (uint64_t i = 0; i <= r->count; i++)
		r->next[i] = i;
	for (uint64_t i = 0; i < w->info.entries; i++) {
		const struct uffd_workingset_entry *e = &w->entries[i];
		uint64_t end, k;

		if (!in_replay(e))
			continue;
		end = run_at(r, e->offset + e->length);
		for (k = not_asked(r, run_at(r, e->offset)); k < end; k = not_asked(r, k)) {
			r->run[k].entry[set] = i;
			r->next[k] = k + 1;
		}
	}
}

static int by_entry(const void *a, const void *b, void *set)
{
	const struct run *x = *(const struct run *const *)a, *y = *(const struct run *const *)b;
	int k = *(const int *)set;

	if (x->entry[k] != y->entry[k])
		return x->entry[k] > y->entry[k] ? 1 : -1;
	return by_start(x, y);
}

static void place(struct run **common, uint64_t count, int set)
{
	uint64_t position = 0;

	qsort_r(common, count, sizeof(*common), by_entry, &set);
	for (uint64_t i = 0; i < count; i++) {
		common[i]->position[set] = position;
		position += common[i]->pages;
	}
}

static int compare_order(struct runs *r, struct wset_comparison *c)
{
	struct run **common = calloc(r->count + 1, sizeof(*common));
	uint64_t count = 0;

	if (!common)
		return -ENOMEM;
	for (uint64_t i = 0; i < r->count; i++)
		if (r->run[i].entry[0] != NOT_IN && r->run[i].entry[1] != NOT_IN)
			common[count++] = &r->run[i];
	place(common, count, 0);
	place(common, count, 1);
	c->half = c->both / 2 + c->both % 2;
	for (uint64_t i = 0; i < count; i++) {
		const uint64_t *position = common[i]->position;
		uint64_t later = position[0] > position[1] ? position[0] : position[1];

		if (later < c->half)
			c->alike += common[i]->pages < c->half - later ? common[i]->pages
								       : c->half - later;
	}
	free(common);
	return 0;
}

static void compare_sets(const struct runs *r, struct wset_comparison *c)
{
	for (uint64_t i = 0; i < r->count; i++) {
		const struct run *run = &r->run[i];
		bool in_a = run->entry[0] != NOT_IN, in_b = run->entry[1] != NOT_IN;

		if (in_a && in_b)
			c->both += run->pages;
		else if (in_a)
			c->only_a += run->pages;
		else if (in_b)
			c->only_b += run->pages;
	}
}

int wset_compare_pages(const struct wset *a, const struct wset *b, struct wset_comparison *c)
{
	struct runs r = {0};
	int ret = runs_make(&r, a, b);

	*c = (struct wset_comparison){0};
	if (ret == 0) {
		ask(&r, a, 0);
		ask(&r, b, 1);
		compare_sets(&r, c);
		ret = compare_order(&r, c);
	}
	free(r.run);
	free(r.next);
	return ret;
}

static double percent(uint64_t part, uint64_t whole)
{
	return whole > 0 ? 100.0 * (double)part / (double)whole : -1;
}

double wset_overlap(const struct wset_comparison *c)
{
	return percent(c->both, c->only_a + c->only_b + c->both);
}

double wset_order(const struct wset_comparison *c)
{
	return percent(c->alike, c->half);
}
