/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the guest's memory holds, page by page, and the order in which it is verified; read by
 * the C compiler and by the assembler of guest.S.
 * Must never: be changed without raising SNAPSHOT_VERSION.
 *
 * Pages here are 4 KiB whatever the machine's are, words are 64 bits. The first pages are the
 * machine's own (layout.h). Memory has a generation: the fill is 0 and writes every page; each time
 * that a guest goes on to change its memory the next one rewrites about an eighth of the pages, in
 * runs of four. A page's generation is the newest that wrote it. In each about a third of what it
 * writes is zero, in runs as well; in every other page each word tells page, generation, position
 * and run of the program:
 *
 *	base = fold((page + seed + generation * PATTERN_GENERATION_STEP) * PATTERN_PAGE_FACTOR)
 *	word = base + position * PATTERN_WORD_STEP
 */
#ifndef EXAMPLES_VM_PATTERN_H
#define EXAMPLES_VM_PATTERN_H

#define PATTERN_PAGE_SHIFT 12
#define PATTERN_PAGE       (1 << PATTERN_PAGE_SHIFT)
#define PATTERN_WORDS      (PATTERN_PAGE / 8)

#define PATTERN_PAGE_FACTOR     0x9e3779b97f4a7c15
#define PATTERN_GENERATION_STEP 0xbf58476d1ce4e5b9
#define PATTERN_WORD_STEP       0xd1342543de82ef95

/*
 * Whether a generation writes a run, and whether as zeros, is decided by
 * hash = fold((run + generation * salt) * A) * B in 32 bits: yes below the limit.
 */
#define PATTERN_RUN_SHIFT     2
#define PATTERN_RUN_A         0x85ebca6b
#define PATTERN_RUN_B         0xc2b2ae35
#define PATTERN_ZERO_SALT     0x632be5ab
#define PATTERN_ZERO_BELOW    0x55555555
#define PATTERN_CHANGE_SALT   0x7feb352d
#define PATTERN_CHANGED_BELOW 0x20000000

/* The words of a page that the guest itself writes and looks at; the host does the others. */
#define PATTERN_GUEST_MIDDLE 255
#define PATTERN_GUEST_LAST   511

/*
 * Scattered order: page = (page + STRIDE) & mask, mask being the next power of two less one. STRIDE
 * is odd, so every page comes exactly once; neighbours in time are far apart in memory.
 */
#define PATTERN_STRIDE 0x1e3779b1

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stdint.h>

/* What a guest's memory holds. */
struct pattern {
	uint64_t seed;
	uint32_t generation; /* the newest; if it counts (count.h) just the number of diffs */
	uint32_t program;    /* PROGRAM_*: who has written the guest's own words */
};

/* Whether a word of a page is the guest's own. */
static inline bool pattern_is_the_guests(unsigned int position)
{
	return position == 0 || position == PATTERN_GUEST_MIDDLE || position == PATTERN_GUEST_LAST;
}

static inline uint32_t pattern_hash(uint64_t page, uint32_t salt)
{
	uint32_t hash = ((uint32_t)(page >> PATTERN_RUN_SHIFT) + salt) * PATTERN_RUN_A;

	hash ^= hash >> 16;
	return hash * PATTERN_RUN_B;
}

/* Whether the generation writes the page. */
static inline bool pattern_writes(uint32_t generation, uint64_t page)
{
	return !generation ||
	       pattern_hash(page, generation * PATTERN_CHANGE_SALT) < PATTERN_CHANGED_BELOW;
}

/* The page's own generation. */
static inline uint32_t pattern_generation(const struct pattern *pattern, uint64_t page)
{
	uint32_t generation = pattern->generation;

	while (!pattern_writes(generation, page))
		generation--;
	return generation;
}

static inline bool pattern_is_zero(uint32_t generation, uint64_t page)
{
	return pattern_hash(page, generation * PATTERN_ZERO_SALT) < PATTERN_ZERO_BELOW;
}

/* The word at a position of a page that this generation has written. */
static inline uint64_t pattern_word(uint64_t seed, uint32_t generation, uint64_t page,
				    unsigned int position)
{
	uint64_t base = page + seed + generation * PATTERN_GENERATION_STEP;

	if (pattern_is_zero(generation, page))
		return 0;
	base *= PATTERN_PAGE_FACTOR;
	return (base ^ (base >> 32)) + position * PATTERN_WORD_STEP;
}

/* The mask of the scattered order over so many pages. */
static inline uint64_t pattern_mask(uint64_t pages)
{
	uint64_t mask = 1;

	while (mask < pages - 1)
		mask = mask << 1 | 1;
	return mask;
}

static inline uint64_t pattern_next(uint64_t page, uint64_t mask)
{
	return (page + PATTERN_STRIDE) & mask;
}

/* Where the first difference is. */
struct pattern_place {
	uint64_t page;
	unsigned int word;
};

/* Writes the words that the guest leaves to the host into every page of the newest generation. */
void pattern_complete(void *memory, uint64_t size, const struct pattern *pattern);

/* Looks at every byte of every page but the machine's own; false, and where the first is wrong. */
bool pattern_verify(const void *memory, uint64_t size, const struct pattern *pattern,
		    struct pattern_place *bad);
#endif

#endif
