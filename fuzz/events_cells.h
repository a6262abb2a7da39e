/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what events_kernel.c and events_changes.c share of the memory.
 * Must never: be seen by anybody else.
 */
#ifndef FUZZ_EVENTS_CELLS_H
#define FUZZ_EVENTS_CELLS_H

#include "events.h"

#include <stddef.h>

/* What a page may hold. */
#define CONTENT UINT8_C(1)
#define ZEROS   UINT8_C(2)

struct cell {
	bool mapped;
	bool registered;
	bool present; /* in the page table */
	bool poison;  /* ... as a marker */
	bool shared;
	bool keep;
	uint8_t what;     /* CONTENT, ZEROS or nothing: in the page, or in the cache */
	uint8_t allowed;  /* ... and what it may be */
	uint64_t size;    /* of its page; a huge one has several cells */
	uint64_t content; /* where its content is copied from */
};

extern struct cell kernel_cell[CELLS];

static inline uint64_t address_of(unsigned int i)
{
	return ARENA + i * CELL;
}

/* The cells of a range: none where it is not in the arena. */
static inline struct cell *cells(uint64_t start, uint64_t length)
{
	if (start < ARENA || start >= ARENA_END || length > ARENA_END - start)
		return NULL;
	return &kernel_cell[(start - ARENA) / CELL];
}

/* events_changes.c */

void changes_reset(void);
/* Installs are refused between the event and its reader's word. */
bool changes_refuse(void);
/* Reads up to count events. */
unsigned int changes_read(struct uffd_msg *messages, unsigned int count);
/* A call goes on, whose event has been read. False: there is none. */
bool changes_step(void);

#endif
