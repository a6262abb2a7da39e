/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the copier of a snapshot: pages that somebody waits to write first, then all the others in
 * order. Must never: let a page be written before its copy is complete, or wait for a buffer while
 * it holds a lock that a fault needs.
 *
 * It is a thread of its own, and not the loop's: a page that it reads may be missing, and then it
 * is the loop that brings it.
 */
#include <errno.h>

#include <uffd/raw.h>

#include "track/snapshot.h"
#include "util/bits.h"
#include "util/clock.h"
#include "util/futex.h"

#define WAITED_BYTES (UINT64_C(64) << 10)
#define LATER_NS     UINT64_C(2000000)

/* Only the copier clears pending; so what it finds set stays so, unless the snapshot stops. */
struct job {
	struct part_saved *part;
	struct page_run run;
	bool waited; /* somebody waits for it */
};

/*
 * The pages to be saved around page, within one window. Where somebody waits it is a small one: its
 * copy is what the thread waits for. The sweep takes a whole block: each lift flushes the other
 * CPUs' TLBs, which costs more than what is lifted.
 */
static bool around(const struct uffd_snapshot *s, struct part_saved *p, uint64_t page, bool waited,
		   struct page_run *run)
{
	uint64_t bytes = waited && s->block_bytes > WAITED_BYTES ? WAITED_BYTES : s->block_bytes;
	uint64_t pages = bytes >> p->region->page_shift ? bytes >> p->region->page_shift : 1;
	uint64_t low = page / pages * pages, high = low + pages;
	bool found;

	high = high < p->pages ? high : p->pages;
	pthread_mutex_lock(&p->wp->lock);
	found = bits_get(p->wp->pending, page);
	run->first = page;
	/* Who waits for this one does not wait for one before it that its source has yet to bring. */
	if (waited && p->region->modes & (LIBUFFD_MISSING | LIBUFFD_MINOR))
		low = page;
	while (found && run->first > low && bits_get(p->wp->pending, run->first - 1))
		run->first--;
	run->end = bits_find(p->wp->pending, page, high, false);
	pthread_mutex_unlock(&p->wp->lock);
	return found;
}

/* The next pages of the sweep. False: it has been over everything. */
static bool sweep(struct uffd_snapshot *s, struct job *job)
{
	for (uint32_t i = 0; i < s->count; i++) {
		struct part_saved *p = &s->parts[i];
		uint64_t pages = p->pages;

		if (p->cursor < pages) {
			pthread_mutex_lock(&p->wp->lock);
			p->cursor = bits_find(p->wp->pending, p->cursor, pages, true);
			pthread_mutex_unlock(&p->wp->lock);
		}
		if (p->cursor < pages && around(s, p, p->cursor, false, &job->run)) {
			/* What is before the cursor was passed over: somebody is filling it. */
			job->run.first = p->cursor;
			job->part = p;
			job->waited = false;
			return true;
		}
	}
	return false;
}

/* Takes a block; the sweep leaves a quarter of them to pages that somebody waits for. */
static struct block *take_block(struct uffd_snapshot *s, bool waited)
{
	struct block *b = s->free;

	if (!b || (!waited && s->free_count <= s->block_count / 4))
		return NULL;
	s->free = b->next;
	s->free_count--;
	return b;
}

/* Somebody is bringing it just now: it cannot be read before that is done. */
static bool is_busy(const struct wanted *w)
{
	return LIBUFFD_PAGE_STATE(pagestate_get(&w->part->region->pages, w->page)) ==
	       LIBUFFD_PAGE_BUSY;
}

/*
 * The next of those that somebody waits for, but for those that are busy, which are put back. With
 * the lock held, which it leaves meanwhile.
 */
static struct block *next_wanted(struct uffd_snapshot *s, struct job *job)
{
	struct block *b = NULL;

	for (uint32_t tries = s->wanted_count; !b && tries && s->free && !s->stopping; tries--) {
		struct wanted w = snapshot_pop_wanted(s);

		if (is_busy(&w)) {
			snapshot_push_wanted(s, w.part, w.page);
			continue;
		}
		pthread_mutex_unlock(&s->lock);
		job->part = w.part;
		job->waited = around(s, w.part, w.page, true, &job->run);
		pthread_mutex_lock(&s->lock);
		/* It may have been saved with another. */
		if (job->waited)
			b = take_block(s, true);
	}
	return b;
}

/* Whether anything is left that the sweep has passed over, and from where it starts again. */
static bool start_over(struct uffd_snapshot *s)
{
	bool left = false;

	for (uint32_t i = 0; i < s->count; i++) {
		struct part_saved *p = &s->parts[i];

		pthread_mutex_lock(&p->wp->lock);
		p->cursor = bits_find(p->wp->pending, 0, p->pages, true);
		pthread_mutex_unlock(&p->wp->lock);
		left |= p->cursor < p->pages;
	}
	return left;
}

/* Until something happens that it is told of, or a little later: a page that was busy is not told of. */
static void wait_a_little(struct uffd_snapshot *s)
{
	struct timespec until = ns_timespec(clock_now() + LATER_NS);

	pthread_cond_timedwait(&s->work, &s->lock, &until);
}

/*
 * Waits for something to copy, and a block to copy it to. NULL: everything has been copied, or the
 * snapshot stops.
 */
static struct block *next_job(struct uffd_snapshot *s, struct job *job)
{
	struct block *b = NULL;
	bool left = true;

	pthread_mutex_lock(&s->lock);
	while (!b && left && !s->stopping) {
		bool swept;

		b = next_wanted(s, job);
		if (b || s->stopping)
			break;
		if (s->free_count <= s->block_count / 4) {
			wait_a_little(s);
			continue;
		}
		pthread_mutex_unlock(&s->lock);
		swept = !sweep(s, job);
		left = !swept || start_over(s);
		pthread_mutex_lock(&s->lock);
		if (!swept)
			b = take_block(s, false);
		else if (left && s->sources)
			wait_a_little(s);
		else
			s->sources = true;
	}
	pthread_mutex_unlock(&s->lock);
	return b;
}

/* They may be written: all of them, or where the region is tracked those that somebody waits for. */
static void open_saved(struct uffd_region *r, struct wp *w, const struct page_run *run)
{
	bits_clear(w->pending, run->first, run->end);
	if (atomic_load(&w->why) & WP_TRACKED) {
		wp_lift_wanted(r, run->first, run->end);
	} else {
		wp_lift(r, run->first, run->end);
		bits_clear(w->wanted, run->first, run->end);
	}
}

/* The pages have been copied. */
static void release(struct uffd_snapshot *s, struct job *job)
{
	struct uffd_region *r = job->part->region;
	struct wp *w = job->part->wp;

	gate_share(&r->ctx->gate);
	pthread_mutex_lock(&w->lock);
	/* If it was stopped while it read they may be another's by now. */
	if (w->saver == &s->saver)
		open_saved(r, w, &job->run);
	pthread_mutex_unlock(&w->lock);
	gate_leave(&r->ctx->gate);
	if (atomic_load(&w->sleepers)) {
		atomic_fetch_add(&w->saved, 1);
		futex_wake_all(&w->saved);
	}
}

static void give_back(struct uffd_snapshot *s, struct block *b)
{
	b->next = s->free;
	s->free = b;
	s->free_count++;
}

/* Copies what it can of a job. SAVED_*, or -errno. */
static int copy(struct uffd_snapshot *s, struct job *job, struct block *b)
{
	uint64_t bytes;
	/* Who waits is not kept waiting for another's source. */
	int ret = snapshot_read(s, job->part->region, &job->run, b->at, s->sources || job->waited);

	b->part = job->part;
	b->first = job->run.first;
	b->end = job->run.end;
	bytes = (b->end - b->first) << job->part->region->page_shift;
	if (ret >= 0 && ret != SAVED_LATER)
		release(s, job);
	/* An incremental one writes zeros as what they are. */
	if (ret == SAVED_ZEROS && s->incremental)
		__builtin_memset(b->at, 0, (size_t)bytes);
	pthread_mutex_lock(&s->lock);
	if (ret < 0 || ret == SAVED_LATER || (ret == SAVED_ZEROS && !s->incremental)) {
		s->bytes_done += ret == SAVED_ZEROS ? bytes : 0;
		give_back(s, b);
	} else {
		b->next = NULL;
		if (s->full)
			s->full_last->next = b;
		else
			s->full = b;
		s->full_last = b;
		s->bytes_source += ret == SAVED_SOURCE ? bytes : 0;
		pthread_cond_signal(&s->filled);
	}
	s->bytes_waited += job->waited && ret >= 0 && ret != SAVED_LATER ? bytes : 0;
	pthread_mutex_unlock(&s->lock);
	return ret;
}

static void copy_all(struct uffd_snapshot *s)
{
	struct job job = {0};
	struct block *b;

	while ((b = next_job(s, &job))) {
		int ret = copy(s, &job, b);

		if (ret < 0 && snapshot_stop(s, ret))
			snapshot_leave_regions(s, false);
		if (ret != SAVED_LATER)
			continue;
		/* Passed over. */
		if (!job.waited) {
			job.part->cursor = job.run.end;
			continue;
		}
		pthread_mutex_lock(&s->lock);
		snapshot_push_wanted(s, job.part, job.run.first);
		pthread_mutex_unlock(&s->lock);
	}
}

/*
 * An incremental snapshot has what was dirty at its instant. A page that was thrown away just
 * before, and written since, passes for clean: who finds it stops the snapshot.
 */
static void look_again(struct uffd_snapshot *s)
{
	for (uint32_t i = 0; s->incremental && i < s->count; i++)
		if (wp_loses_protection(s->parts[i].region))
			wp_find_open(s->parts[i].region);
}

/* Too late to cancel from here on. Whether it is whole. */
static bool conclude(struct uffd_snapshot *s)
{
	bool whole;

	pthread_mutex_lock(&s->lock);
	whole = !s->stopping;
	s->stopping = true;
	pthread_mutex_unlock(&s->lock);
	return whole;
}

void *snapshot_copy(void *snapshot)
{
	struct uffd_snapshot *s = snapshot;
	bool stopped, whole;

	pthread_setname_np(pthread_self(), "uffd-copy");
	pthread_mutex_lock(&s->lock);
	while (s->arming || (!s->armed && !s->stopping))
		pthread_cond_wait(&s->work, &s->lock);
	pthread_mutex_unlock(&s->lock);
	copy_all(s);
	look_again(s);

	pthread_mutex_lock(&s->lock);
	s->copied = true;
	pthread_cond_signal(&s->filled);
	stopped = s->stopping;
	pthread_mutex_unlock(&s->lock);
	/* Nobody is to wait for an output that has gone wrong. */
	if (stopped)
		snapshot_leave_regions(s, false);
	pthread_join(s->output, NULL);
	whole = conclude(s);
	snapshot_leave_regions(s, whole);
	atomic_store(&s->state, whole      ? LIBUFFD_SNAPSHOT_DONE
				: s->error ? LIBUFFD_SNAPSHOT_FAILED
					   : LIBUFFD_SNAPSHOT_CANCELLED);
	futex_wake_all(&s->state);
	return NULL;
}
