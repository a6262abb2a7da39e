/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: dirty tracking: two ways to notice writes, and one to collect them.
 * Must never: report a page that is not protected again, or protect one without reporting it.
 *
 * Both ways end in the dirty plane: with SYNC the fault of a first write sets the bit, with ASYNC a
 * collect first asks the kernel (PAGEMAP_SCAN reads and protects a page in one step) and sets the
 * bits of what it says. Collecting is then the same: take the bits.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uffd/dirty.h>

#include "memory/region.h"
#include "memory/patience.h"
#include "util/bits.h"
#include "util/options.h"

#define WINDOW_PAGES 32768u /* scanned before they are taken */
#define LEAST_PAGES  16u

struct uffd_dirty {
	struct uffd_region *region;
	struct wp *wp;
	pid_t pid;
	uint32_t method;
	bool asks;            /* the page table: ASYNC, and where protection is lost silently */
	pthread_mutex_t lock; /* a collect */
};

/* What a collect has stored. */
struct taken {
	struct uffd_range *ranges;
	uint64_t count;
	uint64_t limit;
};

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

/* Takes the bits of a run. With the lock held. */
static void take_run(struct wp *w, uint64_t first, uint64_t end)
{
	bits_clear(w->dirty, first, end);
	wp_once_more(w, first, end);
}

/*
 * Protects what is left of a run: where a part of it was unmapped, by the page; *end is first where it
 * was that one, which is nobody's any more. With the lock held.
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
		if (stop == first && wp_is_changing(r))
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
			take_run(w, first, stop);
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
	uint64_t scanned = *at;
	int64_t ret = 0;

	gate_share(&r->ctx->gate);
	if (wp_is_changing(r))
		ret = -EAGAIN;
	while (d->asks && scanned < end && ret >= 0) {
		ret = wp_scan(r, scanned, end, d->method == LIBUFFD_DIRTY_ASYNC);
		scanned = ret < 0 ? scanned : (uint64_t)ret;
	}
	/* What was on its way to another address meanwhile has not been seen. */
	if (ret >= 0 && wp_is_changing(r))
		ret = -EAGAIN;
	if (ret >= 0)
		ret = take(d, at, end, t);
	gate_leave(&r->ctx->gate);
	return (int)ret;
}

static int collect(struct uffd_dirty *d, uint64_t *at, struct taken *t)
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

int64_t uffd_dirty_collect(struct uffd_dirty *d, uint64_t *offset, struct uffd_range *ranges,
			   uint64_t count)
{
	struct taken t = {ranges, 0, count};
	struct uffd_region *r;
	uint64_t at;
	int ret;

	if (!d || !offset || !ranges || !count)
		return -EINVAL;
	if (d->pid != getpid())
		return -ECHILD;
	r = d->region;
	if (*offset & (region_page_size(r) - 1))
		return -EINVAL;
	if (*offset > r->length)
		return -ERANGE;
	at = *offset >> r->page_shift;
	pthread_mutex_lock(&d->lock);
	ret = collect(d, &at, &t);
	pthread_mutex_unlock(&d->lock);
	/* What is stored is taken: the error comes again where it was. */
	if (ret < 0 && !t.count)
		return ret;
	*offset = at << r->page_shift;
	return (int64_t)t.count;
}

/* Which way, or -errno. */
static int choose(struct uffd_region *r, uint32_t method)
{
	bool async = r->ctx->features & UFFD_FEATURE_WP_ASYNC;

	if (r->wp_fault)
		return -EBUSY;
	if (method == LIBUFFD_DIRTY_AUTO)
		method = async ? LIBUFFD_DIRTY_ASYNC : LIBUFFD_DIRTY_SYNC;
	if (method == LIBUFFD_DIRTY_SYNC) {
		int ret = wp_has_faults(r);

		return ret < 0 ? ret : (int)method;
	}
	if (!async || !(r->modes & LIBUFFD_WP) || r->flags & LIBUFFD_REGION_FOREIGN)
		return -EOPNOTSUPP;
	return (int)method;
}

/* From here on writes are noticed, but for those to pages that are not protected yet. */
static int begin(struct uffd_dirty *d)
{
	struct wp *w = d->wp;
	int ret = 0;

	pthread_mutex_lock(&w->lock);
	if (atomic_load(&w->why)) {
		ret = -EBUSY;
	} else {
		bits_clear(w->dirty, 0, w->pages);
		bits_clear(w->again, 0, w->pages);
		bits_set(w->open, 0, w->pages);
		atomic_fetch_or(&w->why, d->method == LIBUFFD_DIRTY_SYNC ? WP_TRACKED : WP_ASYNC);
	}
	pthread_mutex_unlock(&w->lock);
	return ret;
}

static int end(struct uffd_dirty *d)
{
	int ret = 0;

	pthread_mutex_lock(&d->wp->lock);
	if (atomic_load(&d->wp->why) & WP_PREPARED)
		ret = -EBUSY;
	else
		atomic_fetch_and(&d->wp->why, ~(WP_TRACKED | WP_ASYNC));
	pthread_mutex_unlock(&d->wp->lock);
	if (ret < 0)
		return ret;
	/* Where the kernel answers write faults protection costs nobody anything. */
	if (d->method == LIBUFFD_DIRTY_SYNC)
		wp_lift_all(d->region);
	return 0;
}

static bool can_ask(struct uffd_dirty *d)
{
	int64_t ret;

	gate_share(&d->region->ctx->gate);
	ret = wp_scan(d->region, 0, 1, false);
	gate_leave(&d->region->ctx->gate);
	return ret >= 0;
}

static int protect_all(struct uffd_dirty *d)
{
	struct uffd_range unused[64] = {0};
	uint64_t at = 0;
	int ret = 0;

	wp_wait_for_installs(d->region);
	/*
	 * PAGEMAP_SCAN protects what it finds, but of huge pages (hugetlb) not what is absent: the
	 * first that reads such a page would have written it.
	 */
	if (d->method == LIBUFFD_DIRTY_SYNC || d->region->backing->huge)
		ret = wp_protect_open(d->region);
	if (d->method == LIBUFFD_DIRTY_SYNC) {
		/* Before 6.7 nobody can be asked. */
		d->asks = d->asks && can_ask(d);
		return ret == 0 && wp_is_gone(d->region) ? -ENOENT : ret;
	}
	/* What is written from here on may be reported, but need not. */
	while (ret == 0 && at < d->wp->pages)
		ret = collect(d, &at, &(struct taken){unused, 0, 64});
	return ret == -EINVAL || ret == -ENOTTY ? -EOPNOTSUPP : ret;
}

static void dirty_free(struct uffd_dirty *d)
{
	pthread_mutex_destroy(&d->lock);
	free(d);
}

/* Why it could not be opened. */
static int no_pagemap(struct wp *w)
{
	int error = atomic_load(&w->pagemap);

	return error == -EMFILE || error == -ENFILE || error == -ENOMEM ? error : -EOPNOTSUPP;
}

static int make(struct uffd_dirty **out, struct uffd_region *r, int method)
{
	struct uffd_dirty *d = calloc(1, sizeof(*d));
	int ret = 0;

	if (!d)
		return -ENOMEM;
	pthread_mutex_init(&d->lock, NULL);
	d->region = r;
	d->pid = getpid();
	d->method = (uint32_t)method;
	d->wp = wp_of(r);
	if (!d->wp)
		ret = -ENOMEM;
	if (ret == 0 && (method == LIBUFFD_DIRTY_ASYNC || wp_loses_protection(r)))
		d->asks = atomic_load(&d->wp->pagemap) >= 0;
	if (ret == 0 && method == LIBUFFD_DIRTY_ASYNC && !d->asks)
		ret = no_pagemap(d->wp);
	if (ret == 0) {
		ret = begin(d);
		if (ret == 0) {
			ret = protect_all(d);
			if (ret < 0)
				end(d);
		}
	}
	if (ret < 0)
		dirty_free(d);
	else
		*out = d;
	return ret;
}

int uffd_dirty_start(struct uffd_dirty **out, struct uffd_region *r,
		     const struct uffd_dirty_opts *opts)
{
	struct uffd_dirty_opts o = {.size = sizeof(o)};
	int ret = options_take(&o, sizeof(o), sizeof(o), opts);

	if (ret < 0)
		return ret;
	if (!out || !r || o.method > LIBUFFD_DIRTY_SYNC || o.reserved)
		return -EINVAL;
	if (!ctx_is_ours(r->ctx))
		return -ECHILD;
	ret = choose(r, o.method);
	return ret < 0 ? ret : make(out, r, ret);
}

int uffd_dirty_method(const struct uffd_dirty *d)
{
	return d ? (int)d->method : -EINVAL;
}

int uffd_dirty_mark(struct uffd_dirty *d, uint64_t offset, uint64_t length)
{
	uint64_t first, end;
	int ret;

	if (!d)
		return -EINVAL;
	if (d->pid != getpid())
		return -ECHILD;
	ret = region_pages(d->region, offset, length, &first, &end);
	if (ret < 0)
		return ret;
	pthread_mutex_lock(&d->wp->lock);
	bits_set(d->wp->dirty, first, end);
	/* Its protection may have gone with what was there before. */
	bits_set(d->wp->open, first, end);
	pthread_mutex_unlock(&d->wp->lock);
	return 0;
}

int uffd_dirty_stop(struct uffd_dirty *d)
{
	if (!d)
		return -EINVAL;
	/* A child may have closed the context before. */
	if (d->pid == getpid()) {
		int ret = end(d);

		if (ret < 0)
			return ret;
	}
	dirty_free(d);
	return 0;
}
