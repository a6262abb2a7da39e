/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What an event says was thrown away is reported twice, or once where it is brought before that, and
 * then clean, and the next write to it is seen; also where a region keeps the content that is due.
 */
#include "tracked.h"

#define PAGES 6u

static void removed(uint32_t method, const struct track_kind *kind, uint32_t flags)
{
	bool shared = kind->backing == LIBUFFD_BACKING_SHMEM;
	struct tracked t;

	track_serve(&t, method, kind, PAGES, UFFD_FEATURE_EVENT_REMOVE, 0,
		    (struct uffd_region_opts){.flags = flags});
	if (flags)
		strcat(t.name, ", kept");
	for (size_t k = 0; k < PAGES; k++)
		track_write(&t, k);
	track_start(&t);
	track_write(&t, 3);
	ck_assert_int_eq(
		madvise(served_page(&t.s, 2), 2 * t.s.m.page, shared ? MADV_REMOVE : MADV_DONTNEED),
		0);
	EXPECT_DIRTY(&t, "2-3");
	EXPECT_DIRTY(&t, "2-3");
	EXPECT_DIRTY(&t, "");
	track_write(&t, 2);
	track_write(&t, 3);
	ck_assert_int_eq(track_read(&t, 2), 1);
	EXPECT_DIRTY(&t, "2-3");
	EXPECT_DIRTY(&t, "");
	/* Written since it was thrown away, and thrown away once more. */
	track_write(&t, 2);
	ck_assert_int_eq(
		madvise(served_page(&t.s, 2), t.s.m.page, shared ? MADV_REMOVE : MADV_DONTNEED), 0);
	ck_assert_int_eq(track_read(&t, 2), 0);
	EXPECT_DIRTY(&t, "2");
	if (!(kind->modes & LIBUFFD_MISSING))
		EXPECT_DIRTY(&t, "2");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

static void each(uint32_t method, const struct track_kind *kind)
{
	/* madvise(2) of a part of a huge page is another test's. */
	if (track_is_huge(kind))
		return;
	removed(method, kind, 0);
	if (kind->backing == LIBUFFD_BACKING_SHMEM)
		removed(method, kind, LIBUFFD_REGION_KEEP_ON_REMOVE);
}

static void discard_events_are_reported(void)
{
	track_each(each, 1);
}

TEST_MAIN(discard_events_are_reported)
