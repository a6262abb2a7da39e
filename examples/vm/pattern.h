/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the guest's memory holds, page by page, and the order in which it is verified; read by
 * the C compiler and by the assembler of guest.S.
 * Must never: be changed without raising SNAPSHOT_VERSION.
 *
 * Pages here are 4 KiB whatever the machine's are, words are 64 bits. The first pages are the
 * machine's own (layout.h). About a third of the others is zero, in runs of four pages and more; in
 * every other page each word tells page, position and run of the program:
 *
 *	base = fold((page + seed) * PATTERN_PAGE_FACTOR)
 *	word = base + position * PATTERN_WORD_STEP
 */
#ifndef EXAMPLES_VM_PATTERN_H
#define EXAMPLES_VM_PATTERN_H

#define PATTERN_PAGE_SHIFT 12
#define PATTERN_PAGE       (1 << PATTERN_PAGE_SHIFT)
#define PATTERN_WORDS      (PATTERN_PAGE / 8)

#define PATTERN_PAGE_FACTOR 0x9e3779b97f4a7c15
#define PATTERN_WORD_STEP   0xd1342543de82ef95

/* Zero or not is decided for a run: hash = fold(run * A) * B in 32 bits, zero below the limit. */
#define PATTERN_RUN_SHIFT  2
#define PATTERN_RUN_A      0x85ebca6b
#define PATTERN_RUN_B      0xc2b2ae35
#define PATTERN_ZERO_BELOW 0x55555555

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

static inline bool pattern_page_is_zero(uint64_t page)
{
	uint32_t hash = (uint32_t)(page >> PATTERN_RUN_SHIFT) * PATTERN_RUN_A;

	hash ^= hash >> 16;
	hash *= PATTERN_RUN_B;
	return hash < PATTERN_ZERO_BELOW;
}

static inline uint64_t pattern_base(uint64_t seed, uint64_t page)
{
	uint64_t base = (page + seed) * PATTERN_PAGE_FACTOR;

	return base ^ (base >> 32);
}

static inline uint64_t pattern_word(uint64_t seed, uint64_t page, unsigned int position)
{
	if (pattern_page_is_zero(page))
		return 0;
	return pattern_base(seed, page) + position * PATTERN_WORD_STEP;
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

/* Writes the words that the guest leaves to the host into every page that is not zero. */
void pattern_complete(void *memory, uint64_t size, uint64_t seed);

/* Looks at every byte of every page but the machine's own; false, and where the first is wrong. */
bool pattern_verify(const void *memory, uint64_t size, uint64_t seed, struct pattern_place *bad);
#endif

#endif
