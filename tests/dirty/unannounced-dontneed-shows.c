/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Anonymous memory that is thrown away without a word: the kernel shows it as written, single pages
 * as well as those of a page table that is freed with them; then it is clean and tracked on. With
 * SYNC, too, where no fault would tell of it.
 */
#include "hugepage.h"
#include "tracked.h"

#define PAGES (4 * HUGE_SIZE / 4096)

static struct tracked t;

/* The first page that begins an aligned 2 MiB. */
static size_t aligned_page(void)
{
	size_t into = (uintptr_t)t.s.m.at & (HUGE_SIZE - 1);

	return into ? (HUGE_SIZE - into) / 4096 : 0;
}

static void shows(uint32_t method, const struct track_kind *kind)
{
	char wanted[64];
	size_t first;

	track_serve(&t, method, kind, PAGES, 0, 0, (struct uffd_region_opts){0});
	ck_assert_int_eq(madvise(t.s.m.at, t.s.m.length, MADV_NOHUGEPAGE), 0);
	for (size_t k = 0; k < PAGES; k++)
		track_write(&t, k);
	first = aligned_page();
	track_start(&t);
	ck_assert_int_eq(madvise(served_page(&t.s, 2), 2 * 4096, MADV_DONTNEED), 0);
	EXPECT_DIRTY(&t, "2-3");
	EXPECT_DIRTY(&t, "");
	track_write(&t, 3);
	EXPECT_DIRTY(&t, "3");

	ck_assert_int_eq(madvise(served_page(&t.s, first), HUGE_SIZE, MADV_DONTNEED), 0);
	snprintf(wanted, sizeof(wanted), "%zu-%zu", first, first + 511);
	EXPECT_DIRTY(&t, wanted);
	EXPECT_DIRTY(&t, "");
	track_write(&t, first + 9);
	snprintf(wanted, sizeof(wanted), "%zu", first + 9);
	EXPECT_DIRTY(&t, wanted);
	EXPECT_DIRTY(&t, "");

	/* Touched before anybody asks: it is zeros now. */
	ck_assert_int_eq(madvise(served_page(&t.s, first), HUGE_SIZE, MADV_DONTNEED), 0);
	ck_assert_int_eq(track_read(&t, first + 5), 0);
	snprintf(wanted, sizeof(wanted), "%zu-%zu", first, first + 511);
	EXPECT_DIRTY(&t, wanted);
	track_end(&t);
}

static void unannounced_dontneed_shows(void)
{
	shows(LIBUFFD_DIRTY_ASYNC, &track_kinds[0]);
	shows(LIBUFFD_DIRTY_ASYNC, &track_kinds[1]);
	/* What asks the kernel is as old as WP_ASYNC. */
	close(test_uffd(UFFD_FEATURE_WP_ASYNC));
	shows(LIBUFFD_DIRTY_SYNC, &track_kinds[0]);
}

TEST_MAIN(unannounced_dontneed_shows)
