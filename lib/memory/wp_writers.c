/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: those who are about to change a page: a write that met its protection, and a call that
 * waits until it has been saved. Must never: let a page change that has yet to be saved.
 */
#include <errno.h>

#include "memory/region.h"
#include "util/bits.h"
#include "util/futex.h"

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
		wp_lift_untracked(r, page, page + 1);
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
