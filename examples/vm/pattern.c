/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the host's passes over the whole of a guest's memory.
 * Must never: write the words that the guest is to write.
 */
#include "pattern.h"

#include "layout.h"

void pattern_complete(void *memory, uint64_t size, uint64_t seed)
{
	uint64_t pages = size >> PATTERN_PAGE_SHIFT;

	for (uint64_t page = LAYOUT_FIRST_PAGE; page < pages; page++) {
		uint64_t *at = (uint64_t *)memory + page * PATTERN_WORDS;
		uint64_t word = pattern_base(seed, page);

		if (pattern_page_is_zero(page))
			continue;
		for (unsigned int i = 0; i < PATTERN_WORDS; i++, word += PATTERN_WORD_STEP)
			if (i != 0 && i != PATTERN_GUEST_MIDDLE && i != PATTERN_GUEST_LAST)
				at[i] = word;
	}
}

bool pattern_verify(const void *memory, uint64_t size, uint64_t seed, struct pattern_place *bad)
{
	uint64_t pages = size >> PATTERN_PAGE_SHIFT;

	for (uint64_t page = LAYOUT_FIRST_PAGE; page < pages; page++) {
		const uint64_t *at = (const uint64_t *)memory + page * PATTERN_WORDS;
		bool zero = pattern_page_is_zero(page);
		uint64_t word = zero ? 0 : pattern_base(seed, page);

		for (unsigned int i = 0; i < PATTERN_WORDS; i++) {
			if (at[i] != word) {
				*bad = (struct pattern_place){.page = page, .word = i};
				return false;
			}
			word += zero ? 0 : PATTERN_WORD_STEP;
		}
	}
	return true;
}
