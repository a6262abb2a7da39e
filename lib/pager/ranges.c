/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a replay of a working set brings, and in which order.
 * Must never: bring a page twice, or one that was only prefetched when it was recorded.
 *
 * In the order of the recording every read would be a page somewhere; in the order of addresses the
 * first page that the program needs might come last. So: batches in the order of the recording, each
 * in the order of addresses, small at first, since what is needed first is needed soonest.
 */
#include <errno.h>
#include <stdlib.h>

#include "pager/workingset.h"

#define FIRST_BATCH_BYTES (UINT64_C(4) << 20)
#define LAST_BATCH_BYTES  (UINT64_C(64) << 20) /* behind it the rest is one */

struct order {
	uint64_t *pages; /* in the order of first asking */
	uint64_t count;
	uint64_t most;    /* that there is room for */
	uint8_t *seen;    /* a bit a page: it is in the list */
	uint8_t *covered; /* ... it is in a range */
	uint64_t page_size;
};

static bool has(const uint8_t *bits, uint64_t page)
{
	return bits[page / 8] >> page % 8 & 1;
}

static void add(uint8_t *bits, uint64_t page)
{
	bits[page / 8] |= (uint8_t)(1u << page % 8);
}

static void take_pages(struct order *o, uint64_t first, uint64_t end)
{
	for (uint64_t page = first; page < end && o->count < o->most; page++) {
		if (has(o->seen, page))
			continue;
		add(o->seen, page);
		o->pages[o->count++] = page;
	}
}

/* How many different pages there can be at most, to size the list by. */
static uint64_t most_pages(const struct uffd_workingset *set, uint64_t pages)
{
	uint64_t sum = 0;

	for (uint64_t i = 0; i < workingset_count(set) && sum < pages; i++)
		sum += workingset_entry(set, i).length / set->file.page_size;
	return sum < pages ? sum : pages;
}

static int collect(const struct uffd_workingset *set, struct order *o)
{
	uint64_t pages = set->file.region_length / set->file.page_size;
	uint64_t most = most_pages(set, pages), n = workingset_count(set);

	/* While it is recorded more may come between two looks: the picture ends at most. */
	*o = (struct order){.page_size = set->file.page_size, .most = most};
	o->pages = malloc((size_t)(most + 1) * sizeof(*o->pages));
	o->seen = calloc(1, (size_t)(pages / 8 + 1));
	o->covered = calloc(1, (size_t)(pages / 8 + 1));
	if (!o->pages || !o->seen || !o->covered)
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
	uint64_t batch = FIRST_BATCH_BYTES / o->page_size, at = 0;

	while (at < o->count) {
		uint64_t n = batch ? batch : 1;

		n = n < o->count - at ? n : o->count - at;
		qsort(o->pages + at, (size_t)n, sizeof(*o->pages), compare);
		at += n;
		batch = n * 2 * o->page_size > LAST_BATCH_BYTES ? o->count : n * 2;
	}
}

/* The range that page makes longer, with the gap before it; or one of its own. */
static bool joins(struct order *o, const struct uffd_range *range, uint64_t page, uint64_t gap)
{
	uint64_t end = (range->offset + range->length) / o->page_size;

	if (page < end || (page - end) * o->page_size > gap)
		return false;
	/* What another range brings is no gap. */
	for (uint64_t p = end; p < page; p++)
		if (has(o->covered, p))
			return false;
	for (uint64_t p = end; p < page; p++)
		add(o->covered, p);
	return true;
}

static uint64_t join(struct order *o, uint64_t gap, struct uffd_range *ranges)
{
	uint64_t n = 0;

	for (uint64_t i = 0; i < o->count; i++) {
		uint64_t at = o->pages[i] * o->page_size;

		/* In a gap of an earlier batch. */
		if (has(o->covered, o->pages[i]))
			continue;
		if (n && joins(o, &ranges[n - 1], o->pages[i], gap))
			ranges[n - 1].length = at + o->page_size - ranges[n - 1].offset;
		else
			ranges[n++] = (struct uffd_range){at, o->page_size};
		add(o->covered, o->pages[i]);
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
		*ranges = malloc((size_t)(o.count + 1) * sizeof(**ranges));
		if (*ranges)
			*count = join(&o, gap, *ranges);
		else
			ret = -ENOMEM;
	}
	free(o.pages);
	free(o.seen);
	free(o.covered);
	return ret;
}
