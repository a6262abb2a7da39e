/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the list of what is to be asked for again: content that did not come, is held, or had no
 * room. Must never: ask for it (fill.c does).
 */
#ifndef MEMORY_RETRY_H
#define MEMORY_RETRY_H

#include <stdbool.h>
#include <stdint.h>

#include "memory/pagestate.h"

struct uffd_ctx;
struct uffd_region;

#define RETRY_NEVER UINT64_MAX

/* An extent whose content did not come; its pages stay claimed. In the context's list, by its lock.
 */
struct retry {
	struct retry *next;
	struct uffd_region *region;
	struct page_run run;
	uint32_t kind;
	uint32_t tries;
	bool without_room;      /* no error: the source had no room for another read */
	struct uffd_read *read; /* ... for this one's next part; NULL: it is to be begun */
	bool owed;              /* counted in the context's */
	uint64_t number;        /* in the order of being put into the list */
	uint64_t due;           /* RETRY_NEVER: held until uffd_region_resume() */
};

/* An entry that nobody uses; NULL: no memory. Kept until the context ends. */
struct retry *retry_take(struct uffd_ctx *ctx);
/* Gives it back; NULL is allowed. */
void retry_give(struct uffd_ctx *ctx, struct retry *e);
/* Puts it behind the others, and tells whoever will look. */
void retry_enqueue(struct retry *e);
/*
 * Takes one that is due at now off the list, and counts its region a filler; NULL: none that was
 * put there before the number-th.
 */
struct retry *retry_take_due(struct uffd_ctx *ctx, uint64_t now, uint64_t number);
/* A read has ended: the first of those without room are due. Any thread. */
void retry_room(struct uffd_ctx *ctx);

/*
 * Gives up what waits for another try. True if there was any: its pages are EMPTY again, and its
 * waiters sleep on until the caller has settled them or calls resolve_wake_all().
 */
bool retry_cancel(struct uffd_region *r);
/* Forgets it, without another word to anybody. */
void retry_forget(struct uffd_region *r);
/* Frees what a context keeps for it. */
void retry_fini(struct uffd_ctx *ctx);

#endif
