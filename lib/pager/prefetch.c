/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * See prefetch.h. The first of a context's prefetches goes on until it has been over everything,
 * then the next. A step claims the next empty run and begins to bring it; steps go on until enough
 * is in flight.
 *
 * How much is enough: what keeps the source busy while nobody waits for it, since a demand that
 * comes next has to wait for all of it. A device is busy with a few hundred KiB; while there was
 * demand a moment ago no more than that is begun ahead of the next.
 */
#include "pager/prefetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "memory/fill.h"
#include "memory/resolve.h"
#include "pager/workingset.h"
#include "util/clock.h"
#include "util/futex.h"
#include "util/options.h"

#define CHUNK_BYTES  (UINT64_C(256) << 10)
#define AHEAD_BYTES  (UINT64_C(4) << 20) /* in flight, while nobody asks */
#define BESIDE_BYTES (UINT64_C(1) << 20) /* ... and while somebody asks now and then */
#define RECENT_NS    (5 * (uint64_t)NS_PER_MS)
#define TURN_BYTES   (UINT64_C(1) << 20) /* begun before the loop looks for faults again */
#define NO_ROOM_NS   (uint64_t) NS_PER_MS

/* What may be begun just now: bytes, 0 for nothing. With the lock held. */
static struct allowance allowance(const struct pager *p, const struct uffd_prefetch *f)
{
	uint64_t demanded = atomic_load_explicit(&p->demanded, memory_order_relaxed);
	bool beside = demanded && clock_now() - demanded < RECENT_NS;
	uint64_t most = beside ? BESIDE_BYTES : AHEAD_BYTES;

	if (f->budget)
		return (struct allowance){
			.bytes = f->budget > f->in_flight ? f->budget - f->in_flight : 0,
			.alone = f->in_flight == 0,
			.beside = beside,
		};
	/* Of its own choosing it is not exact: what is read in one piece stays in one. */
	return (struct allowance){f->in_flight < most ? UINT64_MAX : 0, f->in_flight == 0, beside};
}

/* Where a claim from page on shall end: not across the edge of a huge page that could come whole. */
static uint64_t chunk_end(struct uffd_region *r, uint64_t page)
{
	uint64_t pages = CHUNK_BYTES >> r->page_shift ? CHUNK_BYTES >> r->page_shift : 1;

	return r->install_huge ? pager_huge_edge(r, page) : (page / pages + 1) * pages;
}

/* Goes on to the next range when one is done. False: that was the last. With the lock held. */
static bool next_range(struct uffd_prefetch *f)
{
	while (f->range < f->range_count && f->at >= f->ranges[f->range].length) {
		f->range++;
		f->at = 0;
	}
	return f->range < f->range_count;
}

/* bytes from the cursor on were passed, of which claimed are now in flight. */
static void pass(struct uffd_prefetch *f, uint64_t bytes, uint64_t claimed)
{
	pthread_mutex_lock(&f->lock);
	f->at += bytes;
	f->done += bytes - claimed;
	f->in_flight += claimed;
	pthread_mutex_unlock(&f->lock);
}

/* What was claimed and not begun: to be taken again later, or left to whoever asks for it. */
static void take_back(struct uffd_prefetch *f, uint64_t bytes, int error)
{
	pthread_mutex_lock(&f->lock);
	f->in_flight -= bytes;
	f->at -= error ? 0 : bytes;
	f->done += error ? bytes : 0;
	if (error && !f->error)
		f->error = error;
	f->over |= error != 0;
	pthread_mutex_unlock(&f->lock);
}

/* Claims and begins what is empty at the cursor. */
static enum prefetch_step step_in_ranges(struct uffd_prefetch *f, struct uffd_region *r,
					 struct allowance allowed, uint64_t *begun)
{
	uint64_t first = (f->ranges[f->range].offset + f->at) >> r->page_shift;
	uint64_t end = (f->ranges[f->range].offset + f->ranges[f->range].length) >> r->page_shift;
	uint64_t stop = chunk_end(r, first);
	uint64_t chunk = CHUNK_BYTES >> r->page_shift ? CHUNK_BYTES >> r->page_shift : 1;
	struct uffd_extent why = {.kind = LIBUFFD_PREFETCH};
	struct page_run run;
	bool later;
	int ret;

	if (allowed.beside && stop > (first / chunk + 1) * chunk)
		stop = (first / chunk + 1) * chunk;
	stop = stop < end ? stop : end;
	if (stop - first > allowed.bytes >> r->page_shift) {
		if (!allowed.alone)
			return STEP_WAIT;
		stop = first + (allowed.bytes >> r->page_shift);
		stop += stop == first;
	}
	if (pagestate_claim(&r->pages, first, stop, &run) < 0) {
		pass(f, (stop - first) << r->page_shift, 0);
		return STEP_BEGUN;
	}
	if (run.discarded) {
		/* Its user gave it back; it is zeros when it is asked for. */
		resolve_give_up(r, &run, LIBUFFD_PAGE_EMPTY);
		pass(f, (run.end - first) << r->page_shift, 0);
		return STEP_BEGUN;
	}
	*begun = (run.end - run.first) << r->page_shift;
	pass(f, (run.end - first) << r->page_shift, *begun);
	ctx_count(r->ctx, COUNTER(pages_prefetch), run.end - run.first);
	why.offset = why.fault_offset = run.first << r->page_shift;
	why.length = *begun;
	ret = pager_bring_for(f, r, &run, &why);
	if (ret == 0)
		return STEP_BEGUN;
	*begun -= (run.end - run.first) << r->page_shift;
	later = ret == BRING_BUSY || ret == BRING_CHANGING;
	take_back(f, (run.end - run.first) << r->page_shift, later ? 0 : ret);
	if (ret == BRING_BUSY)
		resolve_give_up(r, &run, LIBUFFD_PAGE_EMPTY);
	else
		fill_failed(r, &run, &why, ret);
	return later ? STEP_LATER : STEP_OVER;
}

/* Steps until enough is in flight. */
static enum prefetch_step steps(struct pager *p, struct uffd_prefetch *f, struct uffd_region *r)
{
	uint64_t turn = 0, passed = 0;

	/* Looking past what is complete costs little, but not nothing. */
	while (turn < TURN_BYTES && passed++ < 4096) {
		enum prefetch_step step;
		struct allowance allowed;
		uint64_t begun = 0;
		bool in_ranges;

		if (atomic_load(&p->demand))
			return STEP_WAIT;
		/* What waits for room, or for another try, gets the room first. */
		if (atomic_load(&p->ctx->owed))
			return STEP_LATER;
		pthread_mutex_lock(&f->lock);
		if (f->over) {
			pthread_mutex_unlock(&f->lock);
			return STEP_OVER;
		}
		in_ranges = next_range(f);
		allowed = allowance(p, f);
		pthread_mutex_unlock(&f->lock);
		if (in_ranges)
			step = step_in_ranges(f, r, allowed, &begun);
		else
			step = f->set ? replay_step(f, r, allowed, &begun) : STEP_OVER;
		if (step != STEP_BEGUN)
			return step;
		turn += begun;
	}
	return STEP_BEGUN;
}

/* The first that has something left to begin; its region cannot end before end_step(). */
static struct uffd_prefetch *begin_step(struct pager *p, struct uffd_region **r)
{
	struct uffd_prefetch *f;

	pthread_mutex_lock(&p->lock);
	f = p->prefetches;
	if (f) {
		pthread_mutex_lock(&f->lock);
		f->stepping = true;
		*r = f->region;
		atomic_fetch_add(&(*r)->fillers, 1);
		pthread_mutex_unlock(&f->lock);
	} else {
		atomic_store(&p->prefetching, false);
	}
	pthread_mutex_unlock(&p->lock);
	return f;
}

/* With the pager's lock held. */
static void unlist(struct pager *p, struct uffd_prefetch *f)
{
	struct uffd_prefetch **link = &p->prefetches;

	while (*link && *link != f)
		link = &(*link)->next;
	if (*link)
		*link = f->next;
	f->listed = false;
}

static void end_step(struct pager *p, struct uffd_prefetch *f, struct uffd_region *r, bool over)
{
	pthread_mutex_lock(&p->lock);
	pthread_mutex_lock(&f->lock);
	f->stepping = false;
	f->over |= over;
	if (f->over && f->listed)
		unlist(p, f);
	pthread_mutex_unlock(&p->lock);
	prefetch_unlock(f);
	atomic_fetch_sub(&r->fillers, 1);
}

uint64_t prefetch_work(void *pager)
{
	struct pager *p = pager;
	enum prefetch_step step = STEP_OVER;

	while (step == STEP_OVER && atomic_load(&p->prefetching)) {
		struct uffd_region *r;
		struct uffd_prefetch *f = begin_step(p, &r);

		if (!f)
			break;
		step = steps(p, f, r);
		end_step(p, f, r, step == STEP_OVER);
	}
	return step == STEP_BEGUN ? 1 : step == STEP_LATER ? clock_now() + NO_ROOM_NS : 0;
}

void prefetch_leave(struct pager *p, struct uffd_region *r)
{
	struct uffd_prefetch *f, *next;

	pthread_mutex_lock(&p->lock);
	for (f = p->prefetches; f; f = next) {
		next = f->next;
		pthread_mutex_lock(&f->lock);
		if (f->region != r) {
			pthread_mutex_unlock(&f->lock);
			continue;
		}
		f->over = true;
		unlist(p, f);
		prefetch_unlock(f);
	}
	pthread_mutex_unlock(&p->lock);
}

void prefetch_enlist(struct pager *p, struct uffd_prefetch *f)
{
	struct uffd_prefetch **link = &p->prefetches;

	pthread_mutex_lock(&p->lock);
	while (*link)
		link = &(*link)->next;
	*link = f;
	f->listed = true;
	atomic_store(&p->prefetching, true);
	pthread_mutex_unlock(&p->lock);
	ctx_kick(p->ctx);
}
