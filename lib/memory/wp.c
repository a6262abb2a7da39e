/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See wp.h. */
#include "memory/wp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <uffd/raw.h>

#include "memory/overwrite.h"
#include "memory/region.h"
#include "memory/patience.h"
#include "util/bits.h"
#include "util/clock.h"
#include "util/futex.h"
#include "util/pages.h"

#define PLANES 5u

/*
 * In one ioctl at most, so that nobody waits long for the lock, and so many protected pages between
 * two open ones are protected again rather than asked about: 60 ns a page, where an ioctl and its
 * flush of the other CPUs' TLBs take 4 us.
 */
#define CHUNK_PAGES 512u
#define GAP_PAGES   64u

static struct wp *make(uint64_t pages)
{
	size_t plane = bits_bytes(pages);
	struct wp *w = calloc(1, sizeof(*w));

	if (!w)
		return NULL;
	/* Not resident until used. */
	w->planes = pages_alloc(PLANES * plane);
	if (!w->planes) {
		free(w);
		return NULL;
	}
	w->pages = pages;
	w->open = w->planes;
	w->dirty = w->open + plane / sizeof(*w->planes);
	w->again = w->dirty + plane / sizeof(*w->planes);
	w->pending = w->again + plane / sizeof(*w->planes);
	w->wanted = w->pending + plane / sizeof(*w->planes);
	pthread_mutex_init(&w->lock, NULL);
	atomic_init(&w->pagemap, -ENOENT);
	return w;
}

struct wp *wp_of(struct uffd_region *r)
{
	struct wp *w;

	pthread_mutex_lock(&r->ctx->lock);
	w = atomic_load(&r->wp);
	if (!w) {
		w = make(r->pages.pages);
		atomic_store(&r->wp, w);
	}
	/* Kept open: where there is no descriptor left, nothing must pass for open that is not. */
	if (w && atomic_load(&w->pagemap) < 0) {
		int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

		atomic_store(&w->pagemap, fd < 0 ? -errno : fd);
	}
	pthread_mutex_unlock(&r->ctx->lock);
	return w;
}

void wp_free(struct uffd_region *r)
{
	struct wp *w = atomic_load(&r->wp);

	if (!w)
		return;
	if (atomic_load(&w->pagemap) >= 0)
		close(atomic_load(&w->pagemap));
	pages_free(w->planes, PLANES * bits_bytes(w->pages));
	pthread_mutex_destroy(&w->lock);
	free(w);
}

int wp_has_faults(const struct uffd_region *r)
{
	uint64_t has = r->ctx->features;

	if (!(r->modes & LIBUFFD_WP) || has & UFFD_FEATURE_WP_ASYNC)
		return -EOPNOTSUPP;
	/* Other memory has markers for absent pages whatever the features; and MISSING tells. */
	if (r->type == LIBUFFD_BACKING_ANON && !(r->modes & LIBUFFD_MISSING) &&
	    !(has & UFFD_FEATURE_WP_UNPOPULATED))
		return -EOPNOTSUPP;
	return r->wp_fault ? -EBUSY : 0;
}

bool wp_tracks(struct uffd_region *r, uint32_t why)
{
	struct wp *w = atomic_load_explicit(&r->wp, memory_order_acquire);

	return w && atomic_load(&w->why) & why;
}

bool wp_is_protected(struct uffd_region *r, struct wp *w, uint64_t page)
{
	if (w && atomic_load(&w->why) & (WP_TRACKED | WP_PREPARED))
		return !bits_get(w->open, page);
	return is_protected(r, page);
}

bool wp_in_use(struct uffd_region *r)
{
	struct wp *w = atomic_load(&r->wp);

	return w && (atomic_load(&w->why) || atomic_load(&w->users));
}

/*
 * Two counters, taken in turn: so who waits for those that were begun before does not wait for those
 * that come after. The order that matters is count, then look at why, here; and set why, then look
 * at the count, there.
 */
bool wp_begin_install(struct uffd_region *r, unsigned int *turn)
{
	if (!(r->modes & LIBUFFD_WP))
		return false;
	*turn = atomic_load(&r->install_turn) & 1;
	atomic_fetch_add(&r->installs[*turn], 1);
	return wp_tracks(r, UINT32_MAX);
}

void wp_end_install(struct uffd_region *r, unsigned int turn)
{
	if (r->modes & LIBUFFD_WP)
		atomic_fetch_sub(&r->installs[turn], 1);
}

void wp_wait_for_installs(struct uffd_region *r)
{
	for (int i = 0; i < 2; i++) {
		unsigned int before = atomic_fetch_add(&r->install_turn, 1) & 1;

		while (atomic_load(&r->installs[before]))
			clock_pause(20000);
	}
}

/* One ioctl for every part of [first, end) that is mapped. Under the gate. */
static int write_protect(struct uffd_region *r, uint64_t first, uint64_t end, uint64_t mode)
{
	int ret = 0;

	while (first < end && ret == 0) {
		uint64_t stop = end, address = region_address(r, first, &stop);

		if (address)
			ret = uffd_raw_writeprotect(r->ctx->fd, address,
						    (stop - first) << r->page_shift, mode);
		first = stop;
	}
	return ret;
}

static void wake(struct uffd_region *r, uint64_t first, uint64_t end)
{
	while (first < end) {
		uint64_t stop = end, address = region_address(r, first, &stop);

		if (address)
			uffd_raw_wake(r->ctx->fd, address, (stop - first) << r->page_shift);
		first = stop;
	}
}

int wp_protect(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);
	bool saving = atomic_load(&w->why) & WP_SAVING;
	int ret = 0;

	while (first < end && ret == 0) {
		uint64_t stop = saving ? bits_find(w->pending, first, end, true) : end;

		if (first < stop)
			ret = write_protect(r, first, stop, UFFDIO_WRITEPROTECT_MODE_WP);
		if (ret == 0) {
			bits_clear(w->open, first, stop);
			first = stop < end ? bits_find(w->pending, stop, end, false) : end;
		}
	}
	return ret;
}

static void lift(struct uffd_region *r, uint64_t first, uint64_t end)
{
	/*
	 * The mapping is changing, or gone: the writers fault again, and then it has changed, or
	 * they take their signal.
	 */
	if (write_protect(r, first, end, 0) < 0)
		wake(r, first, end);
}

void wp_lift(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);

	bits_set(w->open, first, end);
	/* A collect may have taken the note of a write that still waits to be made. */
	if (atomic_load(&w->why) & WP_TRACKED)
		bits_set(w->dirty, first, end);
	lift(r, first, end);
}

/* Where the run of open pages from first on ends, small gaps taken along. */
static uint64_t open_run_end(const struct wp *w, uint64_t first, uint64_t gap)
{
	uint64_t limit = w->pages - first < CHUNK_PAGES ? w->pages : first + CHUNK_PAGES;
	uint64_t end = first;

	do {
		uint64_t gap_end;

		end = bits_find(w->open, end, limit, false);
		gap_end = limit - end < gap ? limit : end + gap;
		first = bits_find(w->open, end, gap_end, true);
		if (first == gap_end)
			return end;
		end = first;
	} while (end < limit);
	return end;
}

int wp_protect_open(struct uffd_region *r)
{
	struct wp *w = atomic_load(&r->wp);
	/* Protection that was lost is to be found, not mended. */
	uint64_t at = 0, gap = wp_loses_protection(r) ? 0 : GAP_PAGES;
	struct patience patience = {0};
	int ret = 0;

	while (ret == 0 && at < w->pages) {
		uint64_t end;

		gate_share(&r->ctx->gate);
		pthread_mutex_lock(&w->lock);
		at = bits_find(w->open, at, w->pages, true);
		end = at < w->pages ? open_run_end(w, at, gap) : at;
		if (at < end)
			ret = wp_protect(r, at, end);
		pthread_mutex_unlock(&w->lock);
		gate_leave(&r->ctx->gate);
		if (ret == -EAGAIN) {
			ret = patience_wait(r, &patience);
			continue;
		}
		at = end;
		patience = (struct patience){0};
	}
	return ret;
}

void wp_lift_all(struct uffd_region *r)
{
	struct wp *w = atomic_load(&r->wp);

	for (uint64_t at = 0; at < w->pages; at += CHUNK_PAGES) {
		uint64_t end = w->pages - at < CHUNK_PAGES ? w->pages : at + CHUNK_PAGES;

		gate_share(&r->ctx->gate);
		pthread_mutex_lock(&w->lock);
		/* Somebody may have found a reason since. */
		if (!atomic_load(&w->why) && bits_find(w->open, at, end, false) < end)
			wp_lift(r, at, end);
		pthread_mutex_unlock(&w->lock);
		gate_leave(&r->ctx->gate);
	}
}

/* Somebody waits to change pages that have yet to be saved. Under the lock. */
static void want(struct wp *w, struct uffd_region *r, uint64_t page)
{
	if (bits_get(w->wanted, page))
		return;
	bits_set(w->wanted, page, page + 1);
	w->saver->wanted(w->saver, r, page);
}

void wp_write_fault(struct uffd_region *r, uint64_t page)
{
	unsigned int turn = 0;
	struct wp *w;
	uint32_t why;

	gate_share(&r->ctx->gate);
	/* A tracking that begins meanwhile waits for this as for an install. */
	wp_begin_install(r, &turn);
	w = atomic_load(&r->wp);
	wp_lock(w);
	/* Nobody has ever tracked it, and its user gave no callback: the first write lifts. */
	if (!w)
		lift(r, page, page + 1);
	wp_end_install(r, turn);
	if (!w) {
		gate_leave(&r->ctx->gate);
		return;
	}
	why = atomic_load(&w->why);
	/* Held: woken when the instant is over, it faults again. */
	if (!(why & WP_HELD)) {
		if (why & WP_TRACKED)
			bits_set(w->dirty, page, page + 1);
		if (why & WP_SAVING && bits_get(w->pending, page))
			want(w, r, page);
		else
			wp_lift(r, page, page + 1);
	}
	pthread_mutex_unlock(&w->lock);
	gate_leave(&r->ctx->gate);
}

/* With the lock held. */
static void lose(struct wp *w, uint64_t first, uint64_t end, int error)
{
	if (atomic_load(&w->why) & WP_SAVING && bits_find(w->pending, first, end, true) < end)
		w->saver->lost(w->saver, error);
}

void wp_changed(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);

	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	if (atomic_load(&w->why) & (WP_TRACKED | WP_ASYNC))
		bits_set(w->dirty, first, end);
	pthread_mutex_unlock(&w->lock);
}

void wp_once_more(struct wp *w, uint64_t first, uint64_t end)
{
	if (bits_find(w->again, first, end, true) < end) {
		bits_add(w->dirty, w->again, first, end);
		bits_add(w->open, w->again, first, end);
		bits_clear(w->again, first, end);
	}
	/* What is open may be written to without a word. */
	if (atomic_load(&w->why) & WP_TRACKED)
		bits_add(w->dirty, w->open, first, end);
}

void wp_lost(struct wp *w, uint64_t page, bool unsaid)
{
	if (!w)
		return;
	if (atomic_load(&w->why) & (WP_TRACKED | WP_ASYNC))
		bits_set(w->dirty, page, page + 1);
	if (unsaid)
		lose(w, page, page + 1, -ESTALE);
}

void wp_thrown_away(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);

	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	if (atomic_load(&w->why) & (WP_TRACKED | WP_ASYNC)) {
		bits_set(w->dirty, first, end);
		bits_set(w->again, first, end);
	}
	/* Its marker goes with it: the next write to it may not fault. */
	bits_set(w->open, first, end);
	lose(w, first, end, -ESTALE);
	pthread_mutex_unlock(&w->lock);
}

void wp_forget(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);

	bits_clear(w->dirty, first, end);
	bits_clear(w->again, first, end);
	bits_clear(w->open, first, end);
}

void wp_unmapped(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);

	if (!w)
		return;
	pthread_mutex_lock(&w->lock);
	lose(w, first, end, -ENOENT);
	wp_forget(r, first, end);
	pthread_mutex_unlock(&w->lock);
}

bool wp_is_pending(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);
	bool pending;

	if (!w)
		return false;
	pthread_mutex_lock(&w->lock);
	pending = atomic_load(&w->why) & WP_SAVING && bits_find(w->pending, first, end, true) < end;
	pthread_mutex_unlock(&w->lock);
	return pending;
}

int wp_save_first(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);
	bool waits = true;

	while (w && waits) {
		uint32_t seen = atomic_load(&w->saved);

		atomic_fetch_add(&w->sleepers, 1);
		pthread_mutex_lock(&w->lock);
		first = bits_find(w->pending, first, end, true);
		waits = atomic_load(&w->why) & WP_SAVING && first < end;
		if (waits && !ctx_is_reader(r->ctx))
			want(w, r, first);
		pthread_mutex_unlock(&w->lock);
		if (waits && !ctx_is_reader(r->ctx))
			futex_wait(&w->saved, seen, 0);
		atomic_fetch_sub(&w->sleepers, 1);
		if (waits && ctx_is_reader(r->ctx))
			return -EDEADLK;
	}
	return 0;
}
