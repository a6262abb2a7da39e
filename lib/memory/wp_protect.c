/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: every WRITEPROTECT that tracking makes, and the plane that says what is open.
 * Must never: change a page's protection and leave its bit as it was.
 */
#include <errno.h>

#include <uffd/raw.h>

#include "memory/patience.h"
#include "memory/region.h"
#include "util/bits.h"

/*
 * In one ioctl at most, so that nobody waits long for the lock, and so many protected pages between
 * two open ones are protected again rather than asked about: 60 ns a page, where an ioctl and its
 * flush of the other CPUs' TLBs take 4 us.
 */
#define CHUNK_PAGES 512u
#define GAP_PAGES   64u

int wp_protect(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);
	bool saving = atomic_load(&w->why) & WP_SAVING;
	int ret = 0;

	while (first < end && ret == 0) {
		uint64_t stop = saving ? bits_find(w->pending, first, end, true) : end;

		if (first < stop)
			ret = region_each_part(r, first, stop, uffd_raw_writeprotect,
					       UFFDIO_WRITEPROTECT_MODE_WP);
		if (ret == 0) {
			bits_clear(w->open, first, stop);
			first = stop < end ? bits_find(w->pending, stop, end, false) : end;
		}
	}
	return ret;
}

void wp_lift_untracked(struct uffd_region *r, uint64_t first, uint64_t end)
{
	/*
	 * The mapping is changing, or gone: the writers fault again, and then it has changed, or
	 * they take their signal.
	 */
	if (region_each_part(r, first, end, uffd_raw_writeprotect, 0) < 0)
		region_wake(r, first, end);
}

void wp_lift(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);

	bits_set(w->open, first, end);
	/* A collect may have taken the note of a write that still waits to be made. */
	if (atomic_load(&w->why) & WP_TRACKED)
		bits_set(w->dirty, first, end);
	wp_lift_untracked(r, first, end);
}

void wp_lift_wanted(struct uffd_region *r, uint64_t first, uint64_t end)
{
	struct wp *w = atomic_load(&r->wp);
	uint64_t at = first;

	while ((at = bits_find(w->wanted, at, end, true)) < end) {
		uint64_t stop = bits_find(w->wanted, at, end, false);

		wp_lift(r, at, stop);
		at = stop;
	}
	bits_clear(w->wanted, first, end);
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
