/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The first write to a page that was never touched counts, its first read does not, and the write
 * after that counts; whether there is a page table for it or none.
 */
#include "tracked.h"

#define PAGES 1536u /* more page tables than one */

static void untouched(uint32_t method, const struct track_kind *kind)
{
	size_t pages = track_is_huge(kind) ? 6 : PAGES, third = pages / 3;
	struct tracked t;
	char wanted[64];

	track_serve(&t, method, kind, pages, 0, 0, (struct uffd_region_opts){0});
	track_start(&t);
	EXPECT_DIRTY(&t, "");
	track_read(&t, 0);
	track_read(&t, 2 * third);
	EXPECT_DIRTY(&t, "");
	track_write(&t, 1);
	track_write(&t, third);
	snprintf(wanted, sizeof(wanted), third > 2 ? "1 %zu" : "1-%zu", third);
	EXPECT_DIRTY(&t, wanted);
	EXPECT_DIRTY(&t, "");
	track_write(&t, 0);
	track_write(&t, 2 * third);
	snprintf(wanted, sizeof(wanted), "0 %zu", 2 * third);
	EXPECT_DIRTY(&t, wanted);
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

static void unpopulated_pages(void)
{
	track_each(untouched, 6);
}

TEST_MAIN(unpopulated_pages)
