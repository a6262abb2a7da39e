/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See retry.h. */
#include "memory/retry.h"

#include <errno.h>

#include "memory/region.h"
#include "memory/resolve.h"
#include "util/pages.h"

#define AT_ONCE 4u /* that a read which ends makes room for, at most */

#define RETRIES_PER_CHUNK 63u

/* Entries come from pages that are kept until the context ends. */
struct retry_chunk {
	struct retry_chunk *next;
	struct retry entries[RETRIES_PER_CHUNK];
};

struct retry *retry_take(struct uffd_ctx *ctx)
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

void retry_give(struct uffd_ctx *ctx, struct retry *e)
{
	if (!e)
		return;
	pthread_mutex_lock(&ctx->lock);
	put_entry(ctx, e);
	pthread_mutex_unlock(&ctx->lock);
}

void retry_fini(struct uffd_ctx *ctx)
{
	while (ctx->retry_chunks) {
		struct retry_chunk *next = ctx->retry_chunks->next;

		pages_free(ctx->retry_chunks, sizeof(*next));
		ctx->retry_chunks = next;
	}
}

static void publish_due(struct uffd_ctx *ctx)
{
	uint64_t due = RETRY_NEVER;

	for (struct retry *e = ctx->retries; e; e = e->next)
		if (e->due < due)
			due = e->due;
	atomic_store(&ctx->retry_at, due == RETRY_NEVER ? 0 : due);
}

void retry_enqueue(struct retry *e)
{
	struct uffd_ctx *ctx = e->region->ctx;
	struct retry **link = &ctx->retries;

	pthread_mutex_lock(&ctx->lock);
	/* Behind the others: who has waited longest for room is the next to get it. */
	while (*link)
		link = &(*link)->next;
	e->next = NULL;
	*link = e;
	e->number = atomic_fetch_add(&ctx->retry_number, 1);
	e->owed = (e->kind != LIBUFFD_PREFETCH || e->tries) && e->due != RETRY_NEVER;
	atomic_fetch_add(&ctx->owed, e->owed);
	atomic_fetch_add(&ctx->without_room, e->without_room);
	publish_due(ctx);
	if (ctx->reader_ops && !ctx_is_reader(ctx))
		ctx->reader_ops->kick(ctx->reader);
	/* Without a loop it is whoever waits for it that tries again. */
	resolve_tell_sleepers(e->region);
	pthread_mutex_unlock(&ctx->lock);
}

void retry_room(struct uffd_ctx *ctx)
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

/* Takes one entry that is due off the list. */
struct retry *retry_take_due(struct uffd_ctx *ctx, uint64_t now, uint64_t number)
{
	struct retry **link = &ctx->retries, *e;

	pthread_mutex_lock(&ctx->lock);
	while (*link && ((*link)->due > now || (*link)->number >= number))
		link = &(*link)->next;
	e = *link;
	if (e) {
		*link = e->next;
		/* Under the lock, so that whoever ends the region sees it or the entry. */
		atomic_fetch_add(&e->region->fillers, 1);
		atomic_fetch_sub(&ctx->without_room, e->without_room);
		atomic_fetch_sub(&ctx->owed, e->owed);
	}
	publish_due(ctx);
	pthread_mutex_unlock(&ctx->lock);
	return e;
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
		if (e->region != r || e->due != RETRY_NEVER)
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
		atomic_fetch_sub(&r->ctx->owed, e->owed);
		e->next = taken;
		taken = e;
	}
	publish_due(r->ctx);
	return taken;
}

bool retry_cancel(struct uffd_region *r)
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
		if (e->read)
			((struct content *)r->source)->cancel(e->read);
		retry_give(r->ctx, e);
		e = next;
	}
	if (any)
		resolve_tell_sleepers(r);
	return any;
}

void retry_forget(struct uffd_region *r)
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
