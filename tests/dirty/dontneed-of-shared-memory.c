/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * MADV_DONTNEED of shared memory keeps the content: what was written is reported all the same,
 * also when the page has been read since, or its whole page table is gone; what was clean stays so.
 */
#include "hugepage.h"
#include "tracked.h"

#define PAGES 8u

static void few(uint32_t method, const struct track_kind *kind)
{
	struct tracked t;

	if (kind->backing != LIBUFFD_BACKING_SHMEM && kind->backing != LIBUFFD_BACKING_HUGETLB)
		return;
	track_serve(&t, method, kind, PAGES, 0, 0, (struct uffd_region_opts){0});
	for (size_t k = 0; k < PAGES; k++)
		*(volatile uint8_t *)served_page(&t.s, k) = 1;
	track_start(&t);
	track_write(&t, 2);
	track_write(&t, 4);
	ck_assert_int_eq(madvise(served_page(&t.s, 1), 5 * t.s.m.page, MADV_DONTNEED), 0);
	ck_assert_int_eq(track_read(&t, 1), 1);
	ck_assert_int_eq(track_read(&t, 2), 2);
	EXPECT_DIRTY(&t, "2 4");
	ck_assert_int_eq(track_read(&t, 4), 2);
	EXPECT_DIRTY(&t, "");
	track_write(&t, 1); /* read back */
	track_write(&t, 3); /* not touched since */
	track_write(&t, 4);
	EXPECT_DIRTY(&t, "1 3-4");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

/* Two megabytes of which every page was written: no marker is left to keep the page table. */
static void whole_table(uint32_t method, bool read)
{
	struct tracked t = {.method = method, .name = "a whole page table"};
	size_t pages = HUGE_SIZE / 4096;

	memfd_aligned_make(&t.s.m);
	keep_khugepaged_off(&t.s.m);
	t.s.content = content_make(t.s.m.length);
	t.s.ctx = serve_ctx(track_features(method));
	t.s.region = serve_region(&t.s, &t.s.m, LIBUFFD_WP, (struct uffd_region_opts){0});
	t.s.loop = serve_start(t.s.ctx, NULL);
	track_start(&t);
	for (size_t k = 0; k < pages; k++)
		track_write(&t, k);
	ck_assert_int_eq(madvise(t.s.m.at, t.s.m.length, MADV_DONTNEED), 0);
	if (read)
		ck_assert_int_eq(track_read(&t, 9), 1);
	EXPECT_DIRTY(&t, "0-511");
	EXPECT_DIRTY(&t, "");
	ck_assert_int_eq(madvise(t.s.m.at, t.s.m.length, MADV_DONTNEED), 0);
	EXPECT_DIRTY(&t, "");
	track_write(&t, 7);
	EXPECT_DIRTY(&t, "7");
	track_end(&t);
}

static void dontneed_of_shared_memory(void)
{
	track_each(few, PAGES);
	for (uint32_t method = LIBUFFD_DIRTY_ASYNC; method <= LIBUFFD_DIRTY_SYNC; method++) {
		whole_table(method, false);
		whole_table(method, true);
	}
}

TEST_MAIN(dontneed_of_shared_memory)
