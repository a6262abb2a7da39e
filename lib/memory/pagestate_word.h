/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how sixteen pages lie in a 64-bit word: see pagestate.h for their bits.
 * Must never: change one, or be needed outside of pagestate*.c.
 */
#ifndef MEMORY_PAGESTATE_WORD_H
#define MEMORY_PAGESTATE_WORD_H

#include <uffd/region.h>

#include "memory/pagestate.h"

#define PER_WORD    16u
#define ONES        UINT64_C(0x1111111111111111) /* the lowest bit of every page */
#define EVERY(bits) (ONES * (bits))

#define EMPTY     LIBUFFD_PAGE_EMPTY
#define BUSY      LIBUFFD_PAGE_BUSY
#define CACHED    LIBUFFD_PAGE_CACHED
#define POISONED  LIBUFFD_PAGE_POISONED
#define STATE     3u
#define WAITERS   LIBUFFD_PAGE_WAITERS
#define DISCARDED LIBUFFD_PAGE_DISCARDED

static inline uint64_t min64(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static inline unsigned int shift_of(uint64_t page)
{
	return (unsigned int)(page % PER_WORD) * 4;
}

/* All bits of the pages of [first, end) that lie in first's word. */
static inline uint64_t mask_of(uint64_t first, uint64_t end)
{
	uint64_t last = min64(end, (first / PER_WORD + 1) * PER_WORD) - 1;

	return (~UINT64_C(0) << shift_of(first)) & (~UINT64_C(0) >> (60 - shift_of(last)));
}

static inline uint64_t next_word(uint64_t page)
{
	return (page / PER_WORD + 1) * PER_WORD;
}

/* The lowest bit of every page of word that is in state. */
static inline uint64_t in_state(uint64_t word, unsigned int state)
{
	uint64_t differs = word ^ EVERY((uint64_t)state);

	return ~(differs | differs >> 1) & ONES;
}

static inline _Atomic uint64_t *word_of(const struct pagestate *ps, uint64_t page)
{
	return &ps->words[page / PER_WORD];
}

#endif
