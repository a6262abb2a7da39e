/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the state of every page of a region, four bits each, and its only transitions.
 * Must never: call the kernel after init, block, or know what a region is. Any thread.
 *
 *	bits 0-1  EMPTY, BUSY, CACHED, POISONED (LIBUFFD_PAGE_*)
 *	bit 2     WAITERS: a fault met the page BUSY, or was the reason for the claim
 *	bit 3     DISCARDED: its user threw it away; from then on its content is zeros
 *
 * tests/model/pagestate.pml is a model of these transitions with the kernel around them. Change
 * a rule only together with the model.
 */
#ifndef MEMORY_PAGESTATE_H
#define MEMORY_PAGESTATE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct pagestate {
	_Atomic uint64_t *words; /* sixteen pages each; reserved, not resident, until used */
	uint64_t pages;
	bool borrowed; /* words are a mapping of somebody's file */
};

/* Pages [first, end). */
struct page_run {
	uint64_t first;
	uint64_t end;
	bool discarded; /* all of them were DISCARDED when they were claimed, or none */
};

enum page_verdict {
	PAGE_CLAIMED,   /* the run around it was EMPTY and is now the caller's */
	PAGE_RECLAIMED, /* it was CACHED and is now the caller's, WAITERS set: map, then publish */
	PAGE_WAITS,     /* BUSY: WAITERS is set, its owner will see to it */
	PAGE_IS_POISONED, /* it was POISONED and is now the caller's, WAITERS set: poison again */
};

/* What a discard does to a page whose content is complete. */
enum discard_rule {
	DISCARD_ALL,        /* anonymous memory: it is gone */
	DISCARD_NOT_CACHED, /* shared memory: MADV_DONTNEED keeps it, MADV_REMOVE does not; the next
			       CONTINUE tells */
};

int pagestate_init(struct pagestate *ps, uint64_t pages); /* 0, -ENOMEM */
void pagestate_fini(struct pagestate *ps);

/* Bytes of the words of so many pages. */
uint64_t pagestate_bytes(uint64_t pages);
/* Works on words that are a mapping of a file, from its start; pagestate_fini() unmaps it. */
void pagestate_borrow(struct pagestate *ps, void *words, uint64_t pages);
/* Whoever claimed pages here is dead: BUSY -> EMPTY, and nobody waits. Before anybody else looks. */
void pagestate_disown(struct pagestate *ps);
/* Copies the words out: pagestate_bytes() of them. */
void pagestate_read(const struct pagestate *ps, uint64_t *words);
/* Takes over the states of a copy of the memory, where nothing is claimed. As long as pages. */
void pagestate_copy(struct pagestate *ps, const uint64_t *words);

unsigned int pagestate_get(const struct pagestate *ps, uint64_t page);

/* A fault on page. A claim takes the EMPTY run around it within [low, high), alike in DISCARDED. */
enum page_verdict pagestate_fault(struct pagestate *ps, uint64_t page, uint64_t low, uint64_t high,
				  struct page_run *run);

/*
 * Claims the first EMPTY run, alike in DISCARDED, that begins in [first, end). 0, or -EBUSY: none
 * EMPTY, one is BUSY, or -EALREADY: all are complete.
 */
int pagestate_claim(struct pagestate *ps, uint64_t first, uint64_t end, struct page_run *run);

/* 0 when all of [first, end) is BUSY; -EALREADY: one is complete; -ENOLCK: one is EMPTY. */
int pagestate_check_claimed(const struct pagestate *ps, uint64_t first, uint64_t end);

/* The owner's questions and moves, on BUSY pages. */

/* The end of the run from first on that is alike in DISCARDED. */
uint64_t pagestate_discarded_run(const struct pagestate *ps, uint64_t first, uint64_t end,
				 bool *discarded);
bool pagestate_has_waiters(const struct pagestate *ps, uint64_t first, uint64_t end);
/* Takes WAITERS off: an install that succeeds from here on wakes them. True if there were any. */
bool pagestate_take_waiters(struct pagestate *ps, uint64_t first, uint64_t end);
/* The install did not happen: they still wait. */
void pagestate_give_waiters(struct pagestate *ps, uint64_t first, uint64_t end);
/* It turned out that it had been thrown away. */
void pagestate_set_discarded(struct pagestate *ps, uint64_t page);
/*
 * BUSY -> CACHED from first on, up to the first page with WAITERS: that one stays BUSY, its WAITERS
 * is taken off, and its number is returned. Returns end when all are published.
 */
uint64_t pagestate_publish(struct pagestate *ps, uint64_t first, uint64_t end);
/* BUSY -> EMPTY or POISONED. True if somebody waited. */
bool pagestate_give_up(struct pagestate *ps, uint64_t first, uint64_t end, unsigned int state);

/* Anybody's. */

/* Marks [first, end) as thrown away; returns how many pages were not marked before. */
uint64_t pagestate_discard(struct pagestate *ps, uint64_t first, uint64_t end,
			   enum discard_rule rule);
/* [first, end) can never come again: EMPTY and CACHED -> POISONED. BUSY is its owner's to find out.
 */
void pagestate_retire(struct pagestate *ps, uint64_t first, uint64_t end);
/* The first page at or after first that is BUSY, or that would lose content; pages if none. */
uint64_t pagestate_find_busy(const struct pagestate *ps, uint64_t first);
uint64_t pagestate_find_unfilled(const struct pagestate *ps, uint64_t first);
/* How many pages are of that second kind. */
uint64_t pagestate_count_unfilled(const struct pagestate *ps);

#endif
