/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A copy has what is settled, and nothing that is claimed: its owner is the original's. The
 * original stays as it was, and what was read of it is it, word by word.
 */
#include "pages.h"

static void copy_has_no_owners(void)
{
	static const char text[] = "ebwcpEBWCPppccbbww", copied[] = "eeecpEEECPppcceeee";
	uint64_t words[16];

	for (uint64_t first = 0; first < 40; first++) {
		uint64_t pages = first + strlen(text) + first % 19;
		struct pagestate from, to;

		pages_make(&from, pages);
		pages_make(&to, pages);
		pages_set(&from, first, text);
		memset(words, 0xff, sizeof(words));
		pagestate_read(&from, words);
		ck_assert_mem_eq(words, (void *)from.words, pagestate_bytes(pages));
		/* Not a byte more. */
		ck_assert_uint_eq(words[pagestate_bytes(pages) / sizeof(*words)], UINT64_MAX);
		pagestate_copy(&to, words);
		pages_expect(&from, first, text);
		pages_expect(&to, first, copied);
		for (uint64_t page = 0; page < first; page++)
			ck_assert_uint_eq(pagestate_get(&to, page), LIBUFFD_PAGE_EMPTY);
		ck_assert_uint_eq(pagestate_find_busy(&to, 0), pages);
		pagestate_fini(&from);
		pagestate_fini(&to);
	}
}

TEST_MAIN(copy_has_no_owners)
