/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See fill.h. */
#include "memory/fill.h"

#include <errno.h>

#include "memory/region.h"
#include "memory/resolve.h"
#include "memory/retry.h"
#include "util/clock.h"
#include "util/pages.h"

#define BACK_OFF_LIMIT NS_PER_S
#define NO_ROOM_NS     UINT64_C(1000000)
#define LAST_ERRNO     4095 /* include/linux/err.h, MAX_ERRNO */

static int poison(struct uffd_region *r, struct page_run *run)
{
	if (r->on_error != LIBUFFD_ON_ERROR_POISON || !(r->ctx->features & UFFD_FEATURE_POISON))
		return -EOPNOTSUPP;
	return resolve(r, run, &(struct install){.how = INSTALL_POISON});
}

/* All tries are used up. What can be neither poisoned nor kept is given back, to fault again. */
static void last_resort(struct uffd_region *r, struct page_run *run, struct retry *e, int error)
{
	uint64_t offset = run->first << r->page_shift;
	int ret;

	if (r->lost)
		r->lost(r, offset, (run->end - run->first) << r->page_shift, error, r->user);
	ret = poison(r, run);
	ctx_log(r->ctx, LIBUFFD_LOG_ERROR, "content at offset 0x%llx never came (error %d): %s",
		(unsigned long long)offset, -error, ret < 0 ? "held" : "poisoned");
	if (ret == 0 || ret == -ENOENT || ret == -ESRCH) {
		retry_give(r->ctx, e);
		return;
	}
	if (!e) {
		resolve_give_up(r, run, LIBUFFD_PAGE_EMPTY);
		return;
	}
	e->run = *run;
	e->without_room = false;
	e->due = RETRY_NEVER;
	retry_enqueue(e);
}

static uint64_t back_off(const struct uffd_region *r, uint32_t tries)
{
	uint64_t ns = r->retry_ns;

	while (tries-- > 1 && ns < BACK_OFF_LIMIT)
		ns *= 2;
	return ns < BACK_OFF_LIMIT ? ns : BACK_OFF_LIMIT;
}

/*
 * Its region ends: nothing is asked for again. The waiters sleep on until that is settled, one way
 * or the other. True if so, and e is consumed.
 */
static bool ends(struct uffd_region *r, const struct page_run *run, struct uffd_read *read,
		 struct retry *e)
{
	if (!atomic_load(&r->ending))
		return false;
	pagestate_give_up(&r->pages, run->first, run->end, LIBUFFD_PAGE_EMPTY);
	resolve_tell_sleepers(r);
	if (read)
		((struct content *)r->source)->cancel(read);
	retry_give(r->ctx, e);
	return true;
}

/*
 * One page of several may be all that cannot be read: those that were only taken along are not lost
 * with it. Cuts run to the first page that somebody waits for, to be asked for alone; who waits for
 * another faults again, for that. False: nobody waits.
 */
static bool keep_wanted(struct uffd_region *r, struct page_run *run)
{
	struct page_run before = *run, after = *run;
	uint64_t page = run->first;

	while (page < run->end && !pagestate_has_waiters(&r->pages, page, page + 1))
		page++;
	before.end = page;
	if (before.first < before.end)
		resolve_give_up(r, &before, LIBUFFD_PAGE_EMPTY);
	if (page == run->end)
		return false;
	run->first = page;
	run->end = page + 1;
	after.first = page + 1;
	if (after.first < after.end)
		resolve_give_up(r, &after, LIBUFFD_PAGE_EMPTY);
	return true;
}

/* Of a demand every page is wanted, and a callback says itself what of an extent it leaves undone. */
static bool is_wanted(const struct uffd_region *r, const struct page_run *run, uint32_t kind)
{
	return run->end - run->first == 1 || kind == LIBUFFD_DEMAND || !r->source;
}

/* e: the extent's entry if it has one, or NULL. Consumes it. */
static void failed(struct uffd_region *r, const struct page_run *run, const struct uffd_extent *why,
		   int error, struct retry *e)
{
	struct page_run rest = *run;
	/* A callback says of it what it was told by uffd_copy(). */
	bool changing = error == BRING_CHANGING || (error == -EAGAIN && region_is_changing(r));
	bool used_up;

	if (run->first == run->end) {
		retry_give(r->ctx, e); /* the memory went away, and its claim with it */
		return;
	}
	if (!changing)
		ctx_count(r->ctx, COUNTER(source_errors), 1);
	if (ends(r, run, NULL, e))
		return;
	/* Nobody waits for it: then it was only hoped for. */
	if (why->kind == LIBUFFD_PREFETCH && !changing &&
	    !pagestate_has_waiters(&r->pages, run->first, run->end)) {
		resolve_give_up(r, run, LIBUFFD_PAGE_EMPTY);
		retry_give(r->ctx, e);
		return;
	}
	if (!e) {
		e = retry_take(r->ctx);
		if (e)
			*e = (struct retry){.region = r, .kind = why->kind, .tries = why->tries};
	}
	/* A mapping that has been changing all the time is no error of the source, and never poison. */
	used_up = e && e->tries >= r->max_retries && !changing;
	if (!e || (used_up && is_wanted(r, &rest, why->kind))) {
		last_resort(r, &rest, e, bring_errno(error));
		return;
	}
	if (used_up && !keep_wanted(r, &rest)) {
		retry_give(r->ctx, e);
		return;
	}
	e->run = rest;
	e->without_room = false;
	e->read = NULL;
	e->tries += !changing && !used_up;
	e->due = clock_now() + (used_up ? 0 : back_off(r, e->tries));
	ctx_count(r->ctx, COUNTER(source_retries), 1);
	retry_enqueue(e);
}

/* Asks again when a read has ended, or soon: whose read it was may not be known here. */
static void later(struct uffd_region *r, const struct page_run *run, const struct uffd_extent *why,
		  struct uffd_read *read, struct retry *e)
{
	if (ends(r, run, read, e))
		return;
	if (!e)
		e = retry_take(r->ctx);
	if (!e) {
		/* Whoever waits for it faults again. */
		resolve_give_up(r, run, LIBUFFD_PAGE_EMPTY);
		if (read)
			((struct content *)r->source)->cancel(read);
		return;
	}
	*e = (struct retry){
		.region = r,
		.run = *run,
		.kind = why->kind,
		.tries = why->tries,
		.without_room = true,
		.read = read,
		.due = clock_now() + NO_ROOM_NS,
	};
	retry_enqueue(e);
}

/* The callback's answer, as 0 or an error, with *run cut to what it leaves undone. */
static int ask(struct uffd_region *r, struct page_run *run, const struct uffd_extent *why)
{
	int ret = r->fault(r, why, r->user);
	uint64_t done;

	if (ret > 0) {
		done = (uint64_t)ret >> r->page_shift;
		run->first = done < run->end - run->first ? run->first + done : run->end;
		return run->first < run->end ? -EIO : 0;
	}
	/* What a completing function said of memory that is gone: it has given the claim up. */
	if ((ret == -ENOENT || ret == -ESRCH) &&
	    pagestate_check_claimed(&r->pages, run->first, run->end) < 0)
		run->first = run->end;
	return ret < -LAST_ERRNO ? -EIO : ret;
}

/* Once. On an error, or BRING_BUSY, *run is what is still claimed and undone. */
static int attempt(struct uffd_region *r, struct page_run *run, const struct uffd_extent *why)
{
	struct install install = {.how = run->discarded ? INSTALL_ZERO : INSTALL_CONTINUE};
	int ret;

	/* Of MINOR alone the cache is the content, whatever else was given. */
	if (r->modes & LIBUFFD_MISSING && !run->discarded)
		return r->source ? ((struct content *)r->source)->bring(r, run, why)
				 : ask(r, run, why);
	ret = resolve(r, run, &install);
	if (ret == -ENOENT || ret == -ESRCH)
		run->first = run->end;
	return ret == -EAGAIN ? BRING_CHANGING : ret;
}

int fill(struct uffd_region *r, const struct page_run *run, const struct uffd_extent *why)
{
	struct page_run rest = *run;
	int ret = attempt(r, &rest, why);

	if (ret == BRING_BUSY)
		later(r, &rest, why, NULL, NULL);
	else if (ret < 0)
		failed(r, &rest, why, ret, NULL);
	return ret < 0 ? bring_errno(ret) : 0;
}

void fill_failed(struct uffd_region *r, const struct page_run *run, const struct uffd_extent *why,
		 int error)
{
	failed(r, run, why, error, NULL);
}

void fill_later(struct uffd_region *r, const struct page_run *run, const struct uffd_extent *why,
		struct uffd_read *read)
{
	later(r, run, why, read, NULL);
}

static struct uffd_extent extent_of(const struct uffd_region *r, const struct page_run *run,
				    uint32_t kind)
{
	return (struct uffd_extent){
		.offset = run->first << r->page_shift,
		.length = (run->end - run->first) << r->page_shift,
		.fault_offset = run->first << r->page_shift,
		.kind = kind,
	};
}

uint64_t fill_chunk(const struct uffd_region *r)
{
	uint64_t pages = FILL_CHUNK_BYTES >> r->page_shift;

	return pages ? pages : 1;
}

int fill_empty(struct uffd_region *r, uint64_t first, uint64_t end, uint32_t kind)
{
	size_t counter = kind == LIBUFFD_DEMAND ? COUNTER(pages_demand) : COUNTER(pages_prefetch);
	int error = 0;

	if (!region_has_content(r))
		return pagestate_find_unfilled(&r->pages, first) < end ? -EOPNOTSUPP : 0;
	while (first < end) {
		uint64_t stop = first + fill_chunk(r) < end ? first + fill_chunk(r) : end;
		struct page_run run;
		struct uffd_extent why;
		int ret;

		if (pagestate_claim(&r->pages, first, stop, &run) < 0) {
			first = stop;
			continue;
		}
		why = extent_of(r, &run, kind);
		ctx_count(r->ctx, counter, run.end - run.first);
		ret = fill(r, &run, &why);
		if (ret < 0 && !error)
			error = ret;
		/* One error of a prefetch ends it; a demand is owed every page. */
		if (ret < 0 && kind == LIBUFFD_PREFETCH)
			break;
		first = run.end;
	}
	return error;
}

/* Asks for an entry once more, and gives it back or puts it back. */
static void ask_again(struct uffd_region *r, struct retry *e)
{
	struct uffd_extent why = extent_of(r, &e->run, e->kind);
	struct page_run rest = e->run;
	int ret;

	why.tries = e->tries;
	why.flags = e->without_room ? EXTENT_NOTED : 0;
	ret = e->read ? ((struct content *)r->source)->again(e->read) : attempt(r, &rest, &why);
	if (ret == BRING_BUSY)
		later(r, &rest, &why, e->read, e);
	else if (ret < 0)
		failed(r, &rest, &why, ret, e);
	else
		retry_give(r->ctx, e);
}

uint64_t fill_retry(struct uffd_ctx *ctx, uint64_t now)
{
	/* Once each: what has no room once more waits for the next turn, however long that lasts. */
	uint64_t number = atomic_load(&ctx->retry_number);
	struct retry *e;

	while ((e = retry_take_due(ctx, now, number))) {
		struct uffd_region *r = e->region;

		ask_again(r, e);
		atomic_fetch_sub(&r->fillers, 1);
	}
	return atomic_load(&ctx->retry_at);
}
