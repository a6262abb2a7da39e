/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See wp.h: the planes of a region, who has a reason to protect it, and installs that it has to know of. */
#include "memory/wp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "memory/overwrite.h"
#include "memory/region.h"
#include "util/bits.h"
#include "util/clock.h"
#include "util/pages.h"

#define PLANES 5u

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

static void unmake(struct wp *w)
{
	if (!w)
		return;
	if (atomic_load(&w->pagemap) >= 0)
		close(atomic_load(&w->pagemap));
	pages_free(w->planes, PLANES * bits_bytes(w->pages));
	pthread_mutex_destroy(&w->lock);
	free(w);
}

struct wp *wp_of(struct uffd_region *r)
{
	struct wp *w, *made = NULL;

	/* Not under the lock: the reader takes that, and malloc(3) may wait for the reader (pages.h). */
	if (!atomic_load(&r->wp))
		made = make(r->pages.pages);
	pthread_mutex_lock(&r->ctx->lock);
	w = atomic_load(&r->wp);
	if (!w && made) {
		w = made;
		made = NULL;
		atomic_store(&r->wp, w);
	}
	/* Kept open: where there is no descriptor left, nothing must pass for open that is not. */
	if (w && atomic_load(&w->pagemap) < 0) {
		int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);

		atomic_store(&w->pagemap, fd < 0 ? -errno : fd);
	}
	pthread_mutex_unlock(&r->ctx->lock);
	unmake(made);
	return w;
}

void wp_free(struct uffd_region *r)
{
	unmake(atomic_load(&r->wp));
}

int wp_has_pagemap(const struct wp *w)
{
	int error = atomic_load(&w->pagemap);

	if (error >= 0)
		return 0;
	return error == -EMFILE || error == -ENFILE || error == -ENOMEM ? error : -EOPNOTSUPP;
}

bool wp_loses_protection(const struct uffd_region *r)
{
	return !r->backing->shared && !(r->modes & LIBUFFD_MISSING) &&
	       !(r->flags & LIBUFFD_REGION_FOREIGN);
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
 * Two counters, taken in turn: so who waits for those that were begun before does not wait for
 * those that come after. The order that matters is count, then look at why, here; and set why, then
 * look at the count, there.
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
