/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What has not come is counted page by page: EMPTY and not thrown away, or BUSY; also in a last
 * word that is in use in part only.
 */
#include "pages.h"

static const char letters[] = "ebwcpEBWCP";
static const bool counts[] = {true, true, true, false, false, false, true, true, false, false};

static void counts_unfilled(void)
{
	struct pagestate ps;

	for (uint64_t pages = 1; pages < 50; pages++) {
		uint64_t wanted = 0;

		pages_make(&ps, pages);
		ck_assert_uint_eq(pagestate_count_unfilled(&ps), pages);
		for (uint64_t page = 0; page < pages; page++) {
			size_t which = (page * 7 + pages) % strlen(letters);

			pages_put(&ps, page, letters[which]);
			wanted += counts[which];
		}
		ck_assert_uint_eq(pagestate_count_unfilled(&ps), wanted);
		pagestate_fini(&ps);
	}
}

TEST_MAIN(counts_unfilled)
