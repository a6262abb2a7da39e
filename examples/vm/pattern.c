/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the host's passes over the whole of a guest's memory.
 * Must never: write the words that the guest is to write.
 */
#include "pattern.h"

#include "layout.h"

void pattern_complete(void *memory, uint64_t size, const struct pattern *pattern)
{
	uint64_t pages = size >> PATTERN_PAGE_SHIFT;
	uint32_t generation = pattern->generation;

	for (uint64_t page = LAYOUT_FIRST_PAGE; page < pages; page++) {
		uint64_t *at = (uint64_t *)memory + page * PATTERN_WORDS;
		bool zero = pattern_is_zero(generation, page);
		uint64_t word = pattern_word(pattern->seed, generation, page, 0);

		/* Memory that nobody has written is zero, and takes no room. */
		if (!pattern_writes(generation, page) || (zero && !generation))
			continue;
		for (unsigned int i = 0; i < PATTERN_WORDS; i++) {
			if (!pattern_is_the_guests(i))
				at[i] = word;
			word += zero ? 0 : PATTERN_WORD_STEP;
		}
	}
}

bool pattern_verify(const void *memory, uint64_t size, const struct pattern *pattern,
		    struct pattern_place *bad)
{
	uint64_t pages = size >> PATTERN_PAGE_SHIFT;

	for (uint64_t page = LAYOUT_FIRST_PAGE; page < pages; page++) {
		const uint64_t *at = (const uint64_t *)memory + page * PATTERN_WORDS;
		uint32_t generation = pattern_generation(pattern, page);
		bool zero = pattern_is_zero(generation, page);
		uint64_t word = pattern_word(pattern->seed, generation, page, 0);

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
