/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a replay of a working set brings, and in which order.
 * Must never: bring a page twice, or one that was only prefetched when it was recorded.
 *
 * In the order of the recording every read would be a page somewhere; in the order of addresses the
 * first page that the program needs might come last. So: windows, as wide as a fault's by default,
 * each with all its pages of the set, since what a replay leaves riddled no fault can bring in one
 * read; in batches in the order of the recording, each in the order of addresses, small at first,
 * since what is needed first is needed soonest.
 */
#include <errno.h>
#include <stdlib.h>

#include "pager/workingset.h"

#define WINDOW_BYTES      (UINT64_C(64) << 10)
#define FIRST_BATCH_BYTES (UINT64_C(4) << 20)
#define LAST_BATCH_BYTES  (UINT64_C(64) << 20) /* behind it the rest is one */

struct order {
	uint64_t page_size;
	uint64_t pages;    /* of the region */
	uint64_t window;   /* pages */
	uint8_t *wanted;   /* a bit a page: it is in the set */
	uint8_t *listed;   /* a bit a window */
	uint64_t *windows; /* in the order of first asking */
	uint64_t count;
	uint64_t wanted_count;
};

static bool has(const uint8_t *bits, uint64_t i)
{
	return bits[i / 8] >> i % 8 & 1;
}

/* True: it was not there before. */
static bool add(uint8_t *bits, uint64_t i)
{
	uint8_t bit = (uint8_t)(1u << i % 8);
	bool new = !(bits[i / 8] & bit);

	bits[i / 8] |= bit;
	return new;
}

static void take_pages(struct order *o, uint64_t first, uint64_t end)
{
	for (uint64_t page = first; page < end; page++) {
		o->wanted_count += add(o->wanted, page);
		if (add(o->listed, page / o->window))
			o->windows[o->count++] = page / o->window;
	}
}

static int collect(const struct uffd_workingset *set, struct order *o)
{
	/* While it is recorded more may come: the picture ends here. */
	uint64_t n = workingset_count(set);

	*o = (struct order){.page_size = set->file.page_size};
	o->pages = set->file.region_length / o->page_size;
	o->window = WINDOW_BYTES > o->page_size ? WINDOW_BYTES / o->page_size : 1;
	o->windows = malloc((size_t)(o->pages / o->window + 1) * sizeof(*o->windows));
	o->wanted = calloc(1, (size_t)(o->pages / 8 + 1));
	o->listed = calloc(1, (size_t)(o->pages / o->window / 8 + 1));
	if (!o->windows || !o->wanted || !o->listed)
		return -ENOMEM;
	for (uint64_t i = 0; i < n; i++) {
		struct uffd_workingset_entry e = workingset_entry(set, i);

		if (e.kind != LIBUFFD_PREFETCH)
			take_pages(o, e.offset / o->page_size,
				   (e.offset + e.length) / o->page_size);
	}
	return 0;
}

static int compare(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

static void sort_batches(struct order *o)
{
	/* Of windows as full as they are on the average. */
	uint64_t bytes = o->count ? o->wanted_count * o->page_size / o->count : 1;
	uint64_t batch = FIRST_BATCH_BYTES / bytes, at = 0;

	while (at < o->count) {
		uint64_t n = batch ? batch : 1;

		n = n < o->count - at ? n : o->count - at;
		qsort(o->windows + at, (size_t)n, sizeof(*o->windows), compare);
		at += n;
		batch = n * 2 * bytes > LAST_BATCH_BYTES ? o->count : n * 2;
	}
}

/* Adds a page: to the last range, with the gap before it where that is cheaper to read than to leave. */
static void add_page(const struct order *o, uint64_t page, uint64_t gap, struct uffd_range *ranges,
		     uint64_t *n)
{
	struct uffd_range *last = *n ? &ranges[*n - 1] : NULL;
	uint64_t at = page * o->page_size;

	if (last && at >= last->offset + last->length && at - last->offset - last->length <= gap)
		last->length = at + o->page_size - last->offset;
	else
		ranges[(*n)++] = (struct uffd_range){at, o->page_size};
}

static uint64_t join(const struct order *o, uint64_t gap, struct uffd_range *ranges)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < o->count; i++) {
		uint64_t first = o->windows[i] * o->window, end = first + o->window;

		for (uint64_t page = first; page < end && page < o->pages; page++)
			if (has(o->wanted, page))
				add_page(o, page, gap, ranges, &n);
	}
	return n;
}

int workingset_ranges(const struct uffd_workingset *set, uint64_t gap, struct uffd_range **ranges,
		      uint64_t *count)
{
	struct order o;
	int ret = collect(set, &o);

	if (ret == 0) {
		sort_batches(&o);
		*ranges = malloc((size_t)(o.wanted_count + 1) * sizeof(**ranges));
		if (*ranges)
			*count = join(&o, gap, *ranges);
		else
			ret = -ENOMEM;
	}
	free(o.windows);
	free(o.wanted);
	free(o.listed);
	return ret;
}
