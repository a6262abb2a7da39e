/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the end of regions and contexts: what is owed is settled, whoever fills is waited for,
 * waiters are woken, and only then is anything unregistered and freed.
 * Must never: turn a page whose content never came into zeros, unless told to.
 */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <uffd/raw.h>
#include <uffd/resolve.h>

#include "memory/fill.h"
#include "memory/region.h"
#include "memory/resolve.h"
#include "memory/retry.h"
#include "memory/statefile.h"
#include "util/clock.h"
#include "util/pages.h"

/* Whether a page that was never filled would turn into something else than its content. */
static bool keeps_promises(const struct uffd_region *r)
{
	return r->modes & LIBUFFD_MISSING;
}

/*
 * A trusted cache has the content of EMPTY pages that are in it: they are complete. What is a hole
 * there stays EMPTY.
 */
static void adopt_cache(struct uffd_region *r)
{
	uint64_t at = 0;
	struct page_run run;

	while (pagestate_claim(&r->pages, at, r->pages.pages, &run) == 0) {
		at = run.end;
		if (run.discarded ||
		    resolve(r, &run, &(struct install){.how = INSTALL_CONTINUE}) == 0) {
			if (run.discarded)
				resolve_give_up(r, &run, LIBUFFD_PAGE_EMPTY);
			continue;
		}
		/* A hole, or no memory: leave that page, go on behind it. */
		at = run.first + 1;
		resolve_give_up(r, &run, LIBUFFD_PAGE_EMPTY);
	}
}

static int poison_unfilled(struct uffd_region *r)
{
	struct page_run run;
	int ret;

	if (!(r->ctx->features & UFFD_FEATURE_POISON))
		return -EOPNOTSUPP;
	while (pagestate_claim(&r->pages, 0, r->pages.pages, &run) == 0) {
		ret = run.discarded ? resolve(r, &run, &(struct install){.how = INSTALL_ZERO})
				    : resolve(r, &run, &(struct install){.how = INSTALL_POISON});
		if (ret < 0 && ret != -ENOENT && ret != -ESRCH) {
			resolve_give_up(r, &run, LIBUFFD_PAGE_EMPTY);
			return ret;
		}
	}
	/* BUSY: what is left is somebody's, and its caller will see it. */
	return 0;
}

/* Fills all, then waits a while for the pages that others were filling. */
static int finish(struct uffd_region *r)
{
	int ret = fill_empty(r, 0, r->pages.pages, LIBUFFD_PREFETCH);
	struct timespec deadline;
	uint32_t seen;

	/* As long as something comes; not for what does not. */
	do {
		if (ret != -ETIMEDOUT && (ret < 0 || !region_has_content(r)))
			break;
		seen = atomic_load(&r->settled);
		deadline = ns_timespec(clock_now() + NS_PER_S);
		ret = uffd_demand(r, 0, r->length, &deadline);
	} while (ret == -ETIMEDOUT && atomic_load(&r->settled) != seen);
	return ret == -ETIMEDOUT || ret == -EDEADLK ? -EBUSY : ret == -EHWPOISON ? 0 : ret;
}

/*
 * Until the library's own threads and reads are done with what they were filling here at the call,
 * or a second has passed: a source may take as long as it likes, and what it has is still claimed
 * then.
 */
static void wait_for_fillers(struct uffd_region *r)
{
	struct uffd_ctx *ctx = r->ctx;
	uint64_t until = clock_now() + NS_PER_S;

	ctx_wait_for_reader(ctx);
	while (atomic_load(&r->fillers) && clock_now() < until) {
		/* Reads end in the reader's thread, which may be this one. */
		if (ctx_is_reader(ctx) && ctx->reader_ops)
			ctx->reader_ops->drain(ctx->reader);
		clock_pause(20000);
	}
}

/* Prefetches begin nothing more for it, and recordings end. */
static void stop_fillers(struct uffd_region *r)
{
	const struct filler_ops *filler = atomic_load(&r->ctx->filler_ops);

	if (filler)
		filler->leave(r->ctx->filler, r);
}

static void leave(struct uffd_region *r)
{
	stop_fillers(r);
	/* No page is claimed: who is left is on the way out of its last call. */
	while (atomic_load(&r->fillers))
		clock_pause(20000);
}

static int settle(struct uffd_region *r, uint32_t how)
{
	bool owes = keeps_promises(r) && !atomic_load(&r->ctx->dead);
	bool busy = pagestate_find_busy(&r->pages, 0) < r->pages.pages;
	int ret = 0;

	if (busy && how != LIBUFFD_CLOSE_FINISH)
		return -EBUSY;
	if (owes && r->flags & LIBUFFD_REGION_TRUST_CACHE && how != LIBUFFD_CLOSE_DROP)
		adopt_cache(r);
	if (owes && how == LIBUFFD_CLOSE_FINISH)
		ret = finish(r);
	if (owes && how == LIBUFFD_CLOSE_POISON)
		ret = poison_unfilled(r);
	if (ret == 0 && pagestate_find_busy(&r->pages, 0) < r->pages.pages)
		ret = -EBUSY;
	if (ret == 0 && owes && how == LIBUFFD_CLOSE_REFUSE &&
	    pagestate_find_unfilled(&r->pages, 0) < r->pages.pages)
		ret = -EBUSY;
	return ret;
}

static int settle_region(struct uffd_region *r, uint32_t how)
{
	/* What waits for another try is the library's own claim, and this is its end. */
	bool cancel = how != LIBUFFD_CLOSE_REFUSE;
	int ret;

	if (cancel) {
		atomic_store(&r->ending, true);
		retry_cancel(r);
		stop_fillers(r);
	}
	/* A thread goes on as soon as its page is mapped, which is before the page is published. */
	wait_for_fillers(r);
	if (cancel) {
		/* One that was being put down for another try as this began. */
		retry_cancel(r);
		atomic_store(&r->ending, false);
	}
	ret = settle(r, how);
	if (ret < 0 && cancel)
		resolve_wake_all(r);
	return ret;
}

static void unregister(struct uffd_region *r)
{
	/*
	 * munmap() and mremap() return when their event has been read, before it is applied: under
	 * the gate the parts are where the last of them says.
	 */
	gate_share(&r->ctx->gate);
	parts_unregister(r->ctx->fd, r->parts, r->part_count);
	gate_leave(&r->ctx->gate);
}

/*
 * Nobody goes on with it: after it is unregistered, so that who is killed in between leaves a range
 * that is known, and when no reader marks its pages any more.
 */
static void forget_state(struct uffd_region *r)
{
	if (r->state_range >= 0)
		statefile_remove(r->ctx->state, r->state_range);
}

void region_unlink(struct uffd_region *r)
{
	struct uffd_region **link = &r->ctx->regions;

	while (*link && *link != r)
		link = &(*link)->next;
	if (*link)
		*link = r->next;
	table_remove_region(&r->ctx->table, r);
}

void region_free(struct uffd_region *r)
{
	retry_forget(r);
	wp_free(r);
	if (r->alias)
		munmap(r->alias, (size_t)r->length);
	if (r->zeros && r->zeros != r->ctx->zeros)
		munmap((void *)(uintptr_t)r->zeros, (size_t)r->zeros_length);
	if (r->source)
		((struct content *)r->source)->drop(r->source);
	if (r->user_free)
		r->user_free(r->user);
	pagestate_fini(&r->pages);
	if (r->parts != r->few)
		pages_free(r->parts, r->part_capacity * sizeof(*r->parts));
	free(r);
}

int uffd_region_remove(struct uffd_region *r, uint32_t how)
{
	struct uffd_ctx *ctx;
	int ret;

	if (!r || how > LIBUFFD_CLOSE_DROP)
		return -EINVAL;
	ctx = r->ctx;
	if (!ctx_is_ours(ctx))
		return -ECHILD;
	/* Within its own batch the reader would wait for itself. */
	if (ctx_is_reader(ctx) && atomic_load(&ctx->dispatching) & 1)
		return -EDEADLK;
	if (wp_in_use(r))
		return -EBUSY;
	ret = settle_region(r, how);
	if (ret < 0)
		return ret;
	/* From here on its faults are sent back, so that no claim is made behind the last look. */
	atomic_store(&r->leaving, true);
	wait_for_fillers(r);
	if (pagestate_find_busy(&r->pages, 0) < r->pages.pages) {
		atomic_store(&r->leaving, false);
		resolve_wake_all(r);
		return -EBUSY;
	}
	leave(r);
	unregister(r);
	pthread_mutex_lock(&ctx->lock);
	region_unlink(r);
	pthread_mutex_unlock(&ctx->lock);
	ctx_wait_for_reader(ctx);
	forget_state(r);
	region_free(r);
	return 0;
}

/* Frees every region and the context, without a word to the kernel about the memory. */
static void forget(struct uffd_ctx *ctx)
{
	while (ctx->regions) {
		struct uffd_region *r = ctx->regions;

		/* The table goes with the context: no need to take every region out of it. */
		ctx->regions = r->next;
		region_free(r);
	}
	retry_fini(ctx);
	ctx_free(ctx);
}

static bool is_tracked(const struct uffd_ctx *ctx)
{
	for (struct uffd_region *r = ctx->regions; r; r = r->next)
		if (wp_in_use(r))
			return true;
	return false;
}

int uffd_ctx_close(struct uffd_ctx *ctx, uint32_t how)
{
	int ret;

	if (!ctx)
		return -EINVAL;
	if (!ctx_is_ours(ctx)) {
		close(ctx->fd);
		forget(ctx);
		return 0;
	}
	if (how > LIBUFFD_CLOSE_DROP)
		return -EINVAL;
	if (ctx->reader_ops || is_tracked(ctx))
		return -EBUSY;
	/* First settle all, then end all: a refusal half way leaves every region as it was. */
	for (struct uffd_region *r = ctx->regions; r; r = r->next) {
		ret = settle_region(r, how);
		if (ret < 0)
			return ret;
	}
	for (struct uffd_region *r = ctx->regions; r; r = r->next)
		leave(r);
	for (struct uffd_region *r = ctx->regions; r; r = r->next)
		unregister(r);
	for (struct uffd_region *r = ctx->regions; r; r = r->next)
		forget_state(r);
	close(ctx->fd);
	forget(ctx);
	return 0;
}

int uffd_ctx_release(struct uffd_ctx *ctx, int *fd)
{
	if (!ctx || !fd)
		return -EINVAL;
	if (!ctx_is_ours(ctx))
		return -ECHILD;
	if (ctx->reader_ops || is_tracked(ctx))
		return -EBUSY;
	for (struct uffd_region *r = ctx->regions; r; r = r->next) {
		/* Their messages have been read: they must fault again, for the next owner to hear.
		 */
		if (retry_cancel(r))
			resolve_wake_all(r);
		if (pagestate_find_busy(&r->pages, 0) < r->pages.pages)
			return -EBUSY;
	}
	for (struct uffd_region *r = ctx->regions; r; r = r->next)
		leave(r);
	*fd = ctx->fd;
	forget(ctx);
	return 0;
}
