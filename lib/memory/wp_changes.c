/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what becomes of the planes when pages change without a write: thrown away, unmapped,
 * brought again. Must never: let what has changed pass for clean, or for content of a snapshot's
 * instant.
 */
#include <errno.h>

#include "memory/overwrite.h"
#include "memory/region.h"
#include "util/bits.h"

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

/*
 * What is said to be thrown away is so later, when that thread comes to it: until the page is seen
 * to be gone whatever takes its bit takes content that may yet change. In a region without MISSING
 * nobody would learn that it is there anew: there it has to be gone by the second time.
 */
static uint64_t still_there(struct uffd_region *r, uint64_t first, uint64_t end, bool *there)
{
	*there = false;
	return r->modes & LIBUFFD_MISSING ? there_alike(r, first, end, there) : end;
}

void wp_once_more(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);
	uint64_t at = first, stop;

	for (; (at = bits_find(w->again, at, end, true)) < end; at = stop) {
		bool there;

		stop = still_there(r, at, bits_find(w->again, at, end, false), &there);
		bits_set(w->dirty, at, stop);
		bits_set(w->open, at, stop);
		if (!there)
			bits_clear(w->again, at, stop);
	}
	/* What is open may be written to without a word. */
	if (atomic_load(&w->why) & WP_TRACKED)
		bits_add(w->dirty, w->open, first, end);
}

struct wp *wp_begin_return(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);

	if (!w || !(atomic_load(&w->why) & (WP_TRACKED | WP_ASYNC)))
		return NULL;
	pthread_mutex_lock(&w->lock);
	if (bits_find(w->again, first, end, true) < end)
		return w;
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

void wp_end_return(struct wp *w, uint64_t first, uint64_t end)
{
	if (!w)
		return;
	bits_clear(w->again, first, end);
	pthread_mutex_unlock(&w->lock);
}

void wp_lost(struct wp *w, uint64_t page, bool unsaid)
{
	if (!w)
		return;
	bits_clear(w->again, page, page + 1);
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
