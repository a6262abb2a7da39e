/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See fill.h. */
#include "memory/fill.h"

#include <errno.h>

#include "memory/region.h"
#include "memory/resolve.h"
#include "util/clock.h"
#include "util/pages.h"

#define NEVER          UINT64_MAX
#define BACK_OFF_LIMIT NS_PER_S
#define NO_ROOM_NS     UINT64_C(1000000)
#define AT_ONCE        4u   /* that a read which ends makes room for, at most */
#define LAST_ERRNO     4095 /* include/linux/err.h, MAX_ERRNO */

/* An extent whose content did not come; its pages stay claimed. In the context's list, by its lock.
 */
struct retry {
	struct retry *next;
	struct uffd_region *region;
	struct page_run run;
	uint32_t kind;
	uint32_t tries;
	bool without_room; /* no error: the source had no room for another read */
	uint64_t due;      /* NEVER: held until uffd_region_resume() */
};

#define RETRIES_PER_CHUNK 63u

/* Entries come from pages that are kept until the context ends. */
struct retry_chunk {
	struct retry_chunk *next;
	struct retry entries[RETRIES_PER_CHUNK];
};

static struct retry *take_entry(struct uffd_ctx *ctx)
{
	struct retry_chunk *chunk;
	struct retry *e;

	pthread_mutex_lock(&ctx->lock);
	if (!ctx->retry_spare && (chunk = pages_alloc(sizeof(*chunk)))) {
		chunk->next = ctx->retry_chunks;
		ctx->retry_chunks = chunk;
		for (unsigned int i = 0; i < RETRIES_PER_CHUNK; i++) {
			chunk->entries[i].next = ctx->retry_spare;
			ctx->retry_spare = &chunk->entries[i];
		}
	}
	e = ctx->retry_spare;
	if (e)
		ctx->retry_spare = e->next;
	pthread_mutex_unlock(&ctx->lock);
	return e;
}

/* With the context's lock held. */
static void put_entry(struct uffd_ctx *ctx, struct retry *e)
{
	e->next = ctx->retry_spare;
	ctx->retry_spare = e;
}

static void give_entry(struct uffd_ctx *ctx, struct retry *e)
{
	if (!e)
		return;
	pthread_mutex_lock(&ctx->lock);
	put_entry(ctx, e);
	pthread_mutex_unlock(&ctx->lock);
}

void fill_fini(struct uffd_ctx *ctx)
{
	while (ctx->retry_chunks) {
		struct retry_chunk *next = ctx->retry_chunks->next;

		pages_free(ctx->retry_chunks, sizeof(*next));
		ctx->retry_chunks = next;
	}
}

static void publish_due(struct uffd_ctx *ctx)
{
	uint64_t due = NEVER;

	for (struct retry *e = ctx->retries; e; e = e->next)
		if (e->due < due)
			due = e->due;
	atomic_store(&ctx->retry_at, due == NEVER ? 0 : due);
}

static void enqueue(struct retry *e)
{
	struct uffd_ctx *ctx = e->region->ctx;
	struct retry **link = &ctx->retries;

	pthread_mutex_lock(&ctx->lock);
	/* Behind the others: who has waited longest for room is the next to get it. */
	while (*link)
		link = &(*link)->next;
	e->next = NULL;
	*link = e;
	atomic_fetch_add(&ctx->without_room, e->without_room);
	publish_due(ctx);
	if (ctx->reader_ops && !ctx_is_reader(ctx))
		ctx->reader_ops->kick(ctx->reader);
	/* Without a loop it is whoever waits for it that tries again. */
	resolve_tell_sleepers(e->region);
	pthread_mutex_unlock(&ctx->lock);
}

static int poison(struct uffd_region *r, struct page_run *run)
{
	if (r->on_error != LIBUFFD_ON_ERROR_POISON || !(r->ctx->features & UFFD_FEATURE_POISON))
		return -EOPNOTSUPP;
	return resolve(r, run, &(struct install){.how = INSTALL_POISON});
}

/* All tries are used up. What can be neither poisoned nor kept is given back, to fault again. */
static void last_resort(struct uffd_region *r, struct page_run *run, struct retry *e, int error)
{
	int ret = poison(r, run);

	ctx_log(r->ctx, LIBUFFD_LOG_ERROR, "content at offset 0x%llx never came (error %d): %s",
		(unsigned long long)(run->first << r->page_shift), -error,
		ret < 0 ? "held" : "poisoned");
	if (ret == 0 || ret == -ENOENT || ret == -ESRCH) {
		give_entry(r->ctx, e);
		return;
	}
	if (!e) {
		resolve_give_up(r, run, LIBUFFD_PAGE_EMPTY);
		return;
	}
	e->run = *run;
	e->without_room = false;
	e->due = NEVER;
	enqueue(e);
}

static uint64_t back_off(const struct uffd_region *r, uint32_t tries)
{
	uint64_t ns = r->retry_ns;

	while (tries-- > 1 && ns < BACK_OFF_LIMIT)
		ns *= 2;
	return ns < BACK_OFF_LIMIT ? ns : BACK_OFF_LIMIT;
}

/* e: the extent's entry if it has one, or NULL. Consumes it. */
static void failed(struct uffd_region *r, const struct page_run *run, const struct uffd_extent *why,
		   int error, struct retry *e)
{
	struct page_run rest = *run;

	if (run->first == run->end) {
		give_entry(r->ctx, e); /* the memory went away, and its claim with it */
		return;
	}
	ctx_count(r->ctx, COUNTER(source_errors), 1);
	/* Nobody waits for it: then it was only hoped for. */
	if (why->kind == LIBUFFD_PREFETCH &&
	    !pagestate_has_waiters(&r->pages, run->first, run->end)) {
		resolve_give_up(r, run, LIBUFFD_PAGE_EMPTY);
		give_entry(r->ctx, e);
		return;
	}
	if (!e) {
		e = take_entry(r->ctx);
		if (e)
			*e = (struct retry){.region = r, .kind = why->kind, .tries = why->tries};
	}
	if (!e || e->tries >= r->max_retries) {
		last_resort(r, &rest, e, error);
		return;
	}
	e->run = rest;
	e->without_room = false;
	e->tries++;
	e->due = clock_now() + back_off(r, e->tries);
	ctx_count(r->ctx, COUNTER(source_retries), 1);
	enqueue(e);
}

/* Asks again when a read has ended, or soon: whose read it was may not be known here. */
static void later(struct uffd_region *r, const struct page_run *run, const struct uffd_extent *why,
		  struct retry *e)
{
	if (!e)
		e = take_entry(r->ctx);
	if (!e) {
		/* Whoever waits for it faults again. */
		resolve_give_up(r, run, LIBUFFD_PAGE_EMPTY);
		return;
	}
	*e = (struct retry){
		.region = r,
		.run = *run,
		.kind = why->kind,
		.tries = why->tries,
		.without_room = true,
		.due = clock_now() + NO_ROOM_NS,
	};
	enqueue(e);
}

void fill_room(struct uffd_ctx *ctx)
{
	unsigned int n = 0;

	if (!atomic_load(&ctx->without_room))
		return;
	pthread_mutex_lock(&ctx->lock);
	for (struct retry *e = ctx->retries; e && n < AT_ONCE; e = e->next) {
		if (!e->without_room)
			continue;
		e->due = 1; /* long ago */
		n++;
	}
	publish_due(ctx);
	if (n && ctx->reader_ops && !ctx_is_reader(ctx))
		ctx->reader_ops->kick(ctx->reader);
	pthread_mutex_unlock(&ctx->lock);
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
	return ret;
}

int fill(struct uffd_region *r, const struct page_run *run, const struct uffd_extent *why)
{
	struct page_run rest = *run;
	int ret = attempt(r, &rest, why);

	if (ret == BRING_BUSY)
		later(r, &rest, why, NULL);
	else if (ret < 0)
		failed(r, &rest, why, ret, NULL);
	return ret < 0 ? ret : 0;
}

void fill_failed(struct uffd_region *r, const struct page_run *run, const struct uffd_extent *why,
		 int error)
{
	failed(r, run, why, error, NULL);
}

void fill_later(struct uffd_region *r, const struct page_run *run, const struct uffd_extent *why)
{
	later(r, run, why, NULL);
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

/* Takes one entry that is due off the list. */
static struct retry *take_due(struct uffd_ctx *ctx, uint64_t now)
{
	struct retry **link = &ctx->retries, *e;

	pthread_mutex_lock(&ctx->lock);
	while (*link && (*link)->due > now)
		link = &(*link)->next;
	e = *link;
	if (e) {
		*link = e->next;
		/* Under the lock, so that whoever ends the region sees it or the entry. */
		atomic_fetch_add(&e->region->fillers, 1);
		atomic_fetch_sub(&ctx->without_room, e->without_room);
	}
	publish_due(ctx);
	pthread_mutex_unlock(&ctx->lock);
	return e;
}

uint64_t fill_retry(struct uffd_ctx *ctx, uint64_t now)
{
	struct retry *e;

	while ((e = take_due(ctx, now))) {
		struct uffd_region *r = e->region;
		struct uffd_extent why = extent_of(r, &e->run, e->kind);
		struct page_run rest = e->run;
		int ret;

		why.tries = e->tries;
		ret = attempt(r, &rest, &why);
		if (ret == BRING_BUSY)
			later(r, &rest, &why, e);
		else if (ret < 0)
			failed(r, &rest, &why, ret, e);
		else
			give_entry(ctx, e);
		atomic_fetch_sub(&r->fillers, 1);
	}
	return atomic_load(&ctx->retry_at);
}

int uffd_region_resume(struct uffd_region *r)
{
	struct uffd_ctx *ctx;
	int held = 0;

	if (!r)
		return -EINVAL;
	ctx = r->ctx;
	if (!ctx_is_ours(ctx))
		return -ECHILD;
	pthread_mutex_lock(&ctx->lock);
	for (struct retry *e = ctx->retries; e; e = e->next) {
		if (e->region != r || e->due != NEVER)
			continue;
		e->due = 1; /* long ago; 0 would mean that none is due */
		e->tries = 0;
		held++;
	}
	publish_due(ctx);
	if (held && ctx->reader_ops)
		ctx->reader_ops->kick(ctx->reader);
	resolve_tell_sleepers(r);
	pthread_mutex_unlock(&ctx->lock);
	return held;
}

/* Takes the entries of r off the list, which the caller owns then. */
static struct retry *take_all(struct uffd_region *r)
{
	struct retry **link = &r->ctx->retries, *taken = NULL;

	while (*link) {
		struct retry *e = *link;

		if (e->region != r) {
			link = &e->next;
			continue;
		}
		*link = e->next;
		atomic_fetch_sub(&r->ctx->without_room, e->without_room);
		e->next = taken;
		taken = e;
	}
	publish_due(r->ctx);
	return taken;
}

bool fill_cancel(struct uffd_region *r)
{
	struct retry *e;
	bool any;

	pthread_mutex_lock(&r->ctx->lock);
	e = take_all(r);
	pthread_mutex_unlock(&r->ctx->lock);
	any = e != NULL;
	while (e) {
		struct retry *next = e->next;

		pagestate_give_up(&r->pages, e->run.first, e->run.end, LIBUFFD_PAGE_EMPTY);
		give_entry(r->ctx, e);
		e = next;
	}
	if (any)
		resolve_tell_sleepers(r);
	return any;
}

void fill_forget(struct uffd_region *r)
{
	struct retry *e;

	pthread_mutex_lock(&r->ctx->lock);
	e = take_all(r);
	while (e) {
		struct retry *next = e->next;

		put_entry(r->ctx, e);
		e = next;
	}
	pthread_mutex_unlock(&r->ctx->lock);
}
