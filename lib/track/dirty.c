/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: dirty tracking as the program has it: started, stopped, told of what no page table shows.
 * Must never: leave a region protected that nobody tracks, but where protection costs nothing.
 *
 * There are two ways to notice writes, and one to collect them. Both ways end in the dirty plane:
 * with SYNC the fault of a first write sets the bit, with ASYNC a collect first asks the kernel
 * (PAGEMAP_SCAN reads and protects a page in one step) and sets the bits of what it says.
 * Collecting is then the same: take the bits.
 */
#include "track/dirty.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "util/bits.h"
#include "util/options.h"

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
		ret = dirty_collect(d, &at, &(struct taken){unused, 0, 64});
	return ret == -EINVAL || ret == -ENOTTY ? -EOPNOTSUPP : ret;
}

static void dirty_free(struct uffd_dirty *d)
{
	pthread_mutex_destroy(&d->lock);
	free(d);
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
	if (ret == 0 && (method == LIBUFFD_DIRTY_ASYNC || wp_loses_protection(r))) {
		int asked = wp_has_pagemap(d->wp);

		d->asks = asked == 0;
		ret = method == LIBUFFD_DIRTY_ASYNC ? asked : 0;
	}
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
