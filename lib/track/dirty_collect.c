/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a collect: what the kernel knows goes to the dirty plane, and what that has to the caller.
 * Must never: report a page that is not protected again, or protect one without reporting it.
 */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "memory/patience.h"
#include "track/dirty.h"
#include "util/bits.h"

#define WINDOW_PAGES 32768u /* scanned before they are taken */
#define LEAST_PAGES  16u
#define SOME_RANGES  64u

/* Stores a run. False: there is no room for it. */
static bool store(struct taken *t, uint64_t offset, uint64_t length)
{
	struct uffd_range *last = t->count ? &t->ranges[t->count - 1] : NULL;

	if (last && last->offset + last->length == offset) {
		last->length += length;
		return true;
	}
	if (t->count == t->limit)
		return false;
	t->ranges[t->count++] = (struct uffd_range){offset, length};
	return true;
}

/* Takes the bits of a run. Under the gate and the lock. */
static void take_run(struct uffd_region *r, uint64_t first, uint64_t end)
{
	bits_clear(atomic_load(&r->wp)->dirty, first, end);
	wp_once_more(r, first, end);
}

/*
 * Protects what is left of a run: where a part of it was unmapped, by the page; *end is first where
 * it was that one, which is nobody's any more. With the lock held.
 */
static int protect(struct uffd_region *r, uint64_t first, uint64_t *end)
{
	int ret = wp_protect(r, first, *end);

	if (ret != -ENOENT)
		return ret;
	*end = first + 1;
	ret = wp_protect(r, first, *end);
	if (ret != -ENOENT)
		return ret;
	wp_forget(r, first, *end);
	*end = first;
	return 0;
}

/* Whether all of it is mapped: MS_ASYNC looks at mappings, not at pages, and does nothing (msync(2)). */
static bool is_whole(struct uffd_region *r, uint64_t first, uint64_t end)
{
	/* Who hears of munmap() has no parts that are not, and another process cannot be asked. */
	if (r->ctx->features & UFFD_FEATURE_EVENT_UNMAP || r->flags & LIBUFFD_REGION_FOREIGN)
		return true;
	while (first < end) {
		uint64_t stop = end, address = region_address(r, first, &stop);

		if (!address || msync((void *)(uintptr_t)address,
				      (size_t)((stop - first) << r->page_shift), MS_ASYNC) < 0)
			return false;
		first = stop;
	}
	return true;
}

/* Where what is mapped of a run from first on ends: first where that page is not. */
static uint64_t mapped_end(struct uffd_region *r, uint64_t first, uint64_t end)
{
	uint64_t low = first;

	/* [first, low) is whole, [first, end) is not. */
	if (is_whole(r, first, end))
		return end;
	while (end - low > 1) {
		uint64_t middle = low + (end - low) / 2;

		if (is_whole(r, first, middle))
			low = middle;
		else
			end = middle;
	}
	return low;
}

/* Moves dirty runs of [*at, end) to t, and *at to where it stopped. 0, or -errno. Under the gate. */
static int take(struct uffd_dirty *d, uint64_t *at, uint64_t end, struct taken *t)
{
	struct uffd_region *r = d->region;
	struct wp *w = d->wp;
	bool room = true, whole = is_whole(r, *at, end);
	int ret = 0;

	pthread_mutex_lock(&w->lock);
	while (ret == 0 && room && *at < end) {
		uint64_t first = bits_find(w->dirty, *at, end, true);
		uint64_t stop = bits_find(w->dirty, first, end, false);

		*at = first;
		if (first == end)
			break;
		if (!whole)
			stop = mapped_end(r, first, stop);
		/* Not there, or not there any more: of a move the loop has yet to hear. */
		if (stop == first && region_is_changing(r))
			ret = -EAGAIN;
		else if (stop == first)
			wp_forget(r, first, first + 1);
		else if (d->method == LIBUFFD_DIRTY_SYNC &&
			 bits_find(w->open, first, stop, true) < stop)
			ret = protect(r, first, &stop);
		if (ret < 0)
			break;
		if (stop == first) {
			*at = first + 1;
			continue;
		}
		room = store(t, first << r->page_shift, (stop - first) << r->page_shift);
		if (room) {
			take_run(r, first, stop);
			*at = stop;
		}
	}
	pthread_mutex_unlock(&w->lock);
	return ret;
}

/* A window: what the kernel knows, then what the plane has. 0, or -errno. */
static int collect_window(struct uffd_dirty *d, uint64_t *at, uint64_t window, struct taken *t)
{
	struct uffd_region *r = d->region;
	uint64_t end = r->pages.pages - *at < window ? r->pages.pages : *at + window;
	uint64_t scanned = *at > t->scanned ? *at : t->scanned;
	int64_t ret = 0;

	gate_share(&r->ctx->gate);
	if (region_is_changing(r))
		ret = -EAGAIN;
	while (d->asks && scanned < end && ret >= 0) {
		ret = wp_scan(r, scanned, end, d->method == LIBUFFD_DIRTY_ASYNC);
		scanned = ret < 0 ? scanned : (uint64_t)ret;
	}
	/* What was on its way to another address meanwhile has not been seen. */
	if (ret >= 0 && region_is_changing(r))
		ret = -EAGAIN;
	if (ret >= 0)
		t->scanned = scanned;
	if (ret >= 0)
		ret = take(d, at, end, t);
	gate_leave(&r->ctx->gate);
	return (int)ret;
}

int dirty_collect(struct uffd_dirty *d, uint64_t *at, struct taken *t)
{
	struct uffd_region *r = d->region;
	struct patience patience = {0};
	uint64_t begin = *at, window = WINDOW_PAGES;
	int ret = 0;

	while (ret == 0 && *at < r->pages.pages) {
		uint64_t before = *at;

		ret = collect_window(d, at, window, t);
		if (*at > before)
			patience = (struct patience){0};
		else if (ret == 0)
			break; /* no room */
		if (ret == -EAGAIN) {
			/* What is scanned in a moment may fit between two changes. */
			window = window > LEAST_PAGES ? window / 2 : window;
			ret = patience_wait(r, &patience);
		}
	}
	return ret == 0 && begin == 0 && !t->count && wp_is_gone(r) ? -ENOENT : ret;
}

/* Adds what was taken to the caller's ranges. */
static uint64_t hand_over(struct uffd_range *ranges, uint64_t n, const struct taken *t)
{
	for (uint64_t i = 0; i < t->count; i++) {
		const struct uffd_range *from = &t->ranges[i];

		if (n && ranges[n - 1].offset + ranges[n - 1].length == from->offset)
			ranges[n - 1].length += from->length;
		else
			ranges[n++] = *from;
	}
	return n;
}

int64_t uffd_dirty_collect(struct uffd_dirty *d, uint64_t *offset, struct uffd_range *ranges,
			   uint64_t count)
{
	struct uffd_range some[SOME_RANGES];
	struct taken t = {.ranges = some};
	uint64_t at, n = 0;
	int ret = 0;

	if (!d || !offset || !ranges || !count)
		return -EINVAL;
	if (d->pid != getpid())
		return -ECHILD;
	at = *offset;
	if (at & (region_page_size(d->region) - 1))
		return -EINVAL;
	if (at > d->region->length)
		return -ERANGE;
	at >>= d->region->page_shift;
	pthread_mutex_lock(&d->lock);
	/*
	 * By way of the stack, with no lock that a fault needs: the caller's ranges may lie in
	 * memory that is tracked, or that is yet to be brought.
	 */
	do {
		t.count = 0;
		t.limit = count - n < SOME_RANGES ? count - n : SOME_RANGES;
		ret = dirty_collect(d, &at, &t);
		n = hand_over(ranges, n, &t);
	} while (ret == 0 && t.count && n < count && at < d->wp->pages);
	pthread_mutex_unlock(&d->lock);
	/* What is stored is taken: the error comes again where it was. */
	if (ret < 0 && !n)
		return ret;
	*offset = at << d->region->page_shift;
	return (int64_t)n;
}
