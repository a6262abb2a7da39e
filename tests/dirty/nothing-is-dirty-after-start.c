/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What was written, brought or marked before the tracking began is not dirty when it has; a second
 * one begins clean, too. The method can be asked for.
 */
#include "tracked.h"

static void begins_clean(uint32_t method, const struct track_kind *kind)
{
	size_t pages = track_is_huge(kind) ? 6 : 1200;
	struct tracked t;

	track_serve(&t, method, kind, pages, 0, 0, (struct uffd_region_opts){0});
	for (size_t k = 0; k < pages; k++)
		if (k % 7)
			track_write(&t, k);
	track_start(&t);
	ck_assert_int_eq(uffd_dirty_method(t.dirty), (int)method);
	EXPECT_DIRTY(&t, "");
	track_write(&t, 1);
	ck_assert_int_eq(uffd_dirty_mark(t.dirty, 2 * t.s.m.page, t.s.m.page), 0);
	track_stop(&t);
	track_write(&t, 3);
	track_start(&t);
	EXPECT_DIRTY(&t, "");
	track_write(&t, 0);
	EXPECT_DIRTY(&t, "0");
	track_end(&t);
}

static void nothing_is_dirty_after_start(void)
{
	track_each(begins_clean, 6);
}

TEST_MAIN(nothing_is_dirty_after_start)
