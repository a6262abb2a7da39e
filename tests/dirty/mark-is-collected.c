/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What uffd_dirty_mark() marks is reported once by the next collect, and protected from then on,
 * also where the change had taken the protection away.
 */
#include "tracked.h"

#define PAGES 6u

static void marked(uint32_t method, const struct track_kind *kind)
{
	struct tracked t;

	track_serve(&t, method, kind, PAGES, 0, 0, (struct uffd_region_opts){0});
	track_start(&t);
	ck_assert_int_eq(uffd_dirty_mark(t.dirty, t.s.m.page, 2 * t.s.m.page), 0);
	ck_assert_int_eq(uffd_dirty_mark(t.dirty, 5 * t.s.m.page, t.s.m.page), 0);
	track_write(&t, 2);
	track_write(&t, 3);
	EXPECT_DIRTY(&t, "1-3 5");
	EXPECT_DIRTY(&t, "");
	track_write(&t, 1);
	track_write(&t, 5);
	EXPECT_DIRTY(&t, "1 5");

	ck_assert_int_eq(madvise(served_page(&t.s, 1), 2 * t.s.m.page, MADV_DONTNEED), 0);
	ck_assert_int_eq(uffd_dirty_mark(t.dirty, t.s.m.page, 2 * t.s.m.page), 0);
	EXPECT_DIRTY(&t, "1-2");
	EXPECT_DIRTY(&t, "");
	track_write(&t, 2);
	EXPECT_DIRTY(&t, "2");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

/* What is written to the file, behind the mapping, is not seen; told of, it is. */
static void behind_the_mapping(uint32_t method)
{
	struct tracked t;
	uint8_t byte = 9;

	track_serve(&t, method, &track_kinds[2], PAGES, 0, 0, (struct uffd_region_opts){0});
	track_write(&t, 4);
	track_start(&t);
	ck_assert_int_eq(pwrite(t.s.m.fd, &byte, 1, (off_t)(4 * t.s.m.page)), 1);
	EXPECT_DIRTY(&t, "");
	ck_assert_int_eq(track_read(&t, 4), 9);
	ck_assert_int_eq(uffd_dirty_mark(t.dirty, 4 * t.s.m.page, t.s.m.page), 0);
	EXPECT_DIRTY(&t, "4");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

static void mark_is_collected(void)
{
	track_each(marked, PAGES);
	behind_the_mapping(LIBUFFD_DIRTY_ASYNC);
	behind_the_mapping(LIBUFFD_DIRTY_SYNC);
}

TEST_MAIN(mark_is_collected)
