/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the host's pass over a counting guest's memory. Must never: write to it. */
#include "count.h"

#include "layout.h"

/* A word of the guest's own, in order of address. */
static bool count_goes_on(struct count *count, uint64_t pages, uint64_t page, unsigned int word,
			  uint64_t value)
{
	if (count->page == pages && value == count->newest)
		return true;
	if (count->page == pages) {
		count->page = page;
		count->word = word;
	}
	return value == count->newest - 1;
}

bool count_verify(const void *memory, uint64_t size, const struct pattern *pattern,
		  struct count *count, struct pattern_place *bad)
{
	uint64_t pages = size >> PATTERN_PAGE_SHIFT;

	*count = (struct count){
		.newest = ((const uint64_t *)memory)[LAYOUT_FIRST_PAGE * PATTERN_WORDS],
		.page = pages,
	};
	for (uint64_t page = LAYOUT_FIRST_PAGE; page < pages; page++) {
		const uint64_t *at = (const uint64_t *)memory + page * PATTERN_WORDS;
		bool zero = pattern_is_zero(0, page);
		uint64_t word = pattern_word(pattern->seed, 0, page, 0);

		for (unsigned int i = 0; i < PATTERN_WORDS; i++) {
			bool right = pattern_is_the_guests(i)
					     ? count_goes_on(count, pages, page, i, at[i])
					     : at[i] == word;

			if (!right) {
				*bad = (struct pattern_place){.page = page, .word = i};
				return false;
			}
			word += zero ? 0 : PATTERN_WORD_STEP;
		}
	}
	return true;
}
