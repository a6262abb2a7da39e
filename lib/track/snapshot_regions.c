/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a snapshot and its regions have to do with one another: it enters them, they call it,
 * it leaves them. Must never: leave a region protected for a snapshot that is over.
 */
#include <errno.h>

#include "track/snapshot.h"
#include "util/bits.h"
#include "util/futex.h"

bool snapshot_stop(struct uffd_snapshot *s, int error)
{
	bool first;

	pthread_mutex_lock(&s->lock);
	first = !s->stopping;
	if (first) {
		s->stopping = true;
		s->error = error;
		pthread_cond_signal(&s->work);
	}
	pthread_mutex_unlock(&s->lock);
	return first;
}

/* See struct wp_saver. */

static void saver_wanted(struct wp_saver *saver, struct uffd_region *r, uint64_t page)
{
	struct uffd_snapshot *s = (struct uffd_snapshot *)saver;
	uint32_t i = 0;

	while (s->parts[i].region != r)
		i++;
	pthread_mutex_lock(&s->lock);
	snapshot_push_wanted(s, &s->parts[i], page);
	pthread_cond_signal(&s->work);
	pthread_mutex_unlock(&s->lock);
}

static void saver_lost(struct wp_saver *saver, int error)
{
	snapshot_stop((struct uffd_snapshot *)saver, error);
}

const struct wp_saver snapshot_saver = {saver_wanted, saver_lost};

static int enter_region(struct uffd_snapshot *s, struct part_saved *p)
{
	struct wp *w = p->wp;
	uint32_t why;

	pthread_mutex_lock(&w->lock);
	why = atomic_load(&w->why);
	if (why & WP_PREPARED || (s->incremental && !(why & WP_TRACKED))) {
		pthread_mutex_unlock(&w->lock);
		return why & WP_PREPARED ? -EBUSY : -ENOTCONN;
	}
	/* Of a tracked one it is known what is open. */
	if (!(why & WP_TRACKED))
		bits_set(w->open, 0, w->pages);
	/* Nothing to do at the instant, where writers wait. */
	if (!s->incremental)
		bits_set(w->pending, 0, w->pages);
	w->saver = &s->saver;
	atomic_fetch_or(&w->why, WP_PREPARED);
	pthread_mutex_unlock(&w->lock);
	return 0;
}

static void leave_region(struct part_saved *p, bool whole)
{
	struct uffd_region *r = p->region;
	struct wp *w = p->wp;
	bool tracked;

	gate_share(&r->ctx->gate);
	pthread_mutex_lock(&w->lock);
	atomic_fetch_and(&w->why, ~(WP_PREPARED | WP_HELD | WP_SAVING));
	tracked = atomic_load(&w->why) & WP_TRACKED;
	w->saver = NULL;
	bits_clear(w->pending, 0, w->pages);
	if (p->taken && !whole)
		bits_add(w->dirty, p->taken, 0, w->pages);
	/* Also of one that is not tracked: others may begin to before wp_lift_all() comes by. */
	wp_lift_wanted(r, 0, w->pages);
	pthread_mutex_unlock(&w->lock);
	gate_leave(&r->ctx->gate);
	if (!tracked)
		wp_lift_all(r);
	atomic_fetch_add(&w->saved, 1);
	futex_wake_all(&w->saved);
}

void snapshot_leave_regions(struct uffd_snapshot *s, bool whole)
{
	bool leave;

	/* Whoever comes second waits until the first is done. */
	pthread_mutex_lock(&s->leaving);
	pthread_mutex_lock(&s->lock);
	leave = !s->left && !s->arming;
	s->left |= leave;
	pthread_mutex_unlock(&s->lock);
	for (uint32_t i = 0; leave && i < s->count; i++)
		leave_region(&s->parts[i], whole);
	pthread_mutex_unlock(&s->leaving);
}

/* All regions, or none. */
int snapshot_enter_regions(struct uffd_snapshot *s)
{
	uint32_t entered = 0;
	int ret = 0;

	while (ret == 0 && entered < s->count) {
		ret = enter_region(s, &s->parts[entered]);
		entered += ret == 0;
	}
	/* What is installed from here on is installed protected. */
	for (uint32_t i = 0; i < entered && ret == 0; i++)
		wp_wait_for_installs(s->parts[i].region);
	for (uint32_t i = 0; i < entered && ret == 0; i++)
		ret = wp_protect_open(s->parts[i].region);
	for (uint32_t i = 0; i < entered && ret == 0; i++)
		ret = wp_is_gone(s->parts[i].region) ? -ENOENT : 0;
	for (uint32_t i = 0; i < entered && ret < 0; i++)
		leave_region(&s->parts[i], false);
	return ret;
}
