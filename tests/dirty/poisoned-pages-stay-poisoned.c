/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Poisoned pages stay so while they are tracked and collected: whoever touches one takes SIGBUS,
 * whether it was poisoned before or meanwhile; its neighbours are tracked, and it is not reported
 * for ever.
 */
#include "tracked.h"

#define PAGES 6u

static void poison(const struct tracked *t, size_t page)
{
	struct uffd_extent extent;
	uint64_t at = page * t->s.m.page;

	ck_assert_int_eq(uffd_claim(t->s.region, at, t->s.m.page, &extent), 0);
	ck_assert_int_eq(uffd_poison(t->s.region, at, t->s.m.page), 0);
}

static void expect_poison(const struct tracked *t, size_t page)
{
	struct toucher reader, writer;

	touch_start(&reader, served_page(&t->s, page), false, 0);
	ck_assert_msg(touch_join(&reader) == TOUCH_SIGBUS, "%s: page %zu was read", t->name, page);
	touch_start(&writer, served_page(&t->s, page), true, 1);
	ck_assert_msg(touch_join(&writer) == TOUCH_SIGBUS, "%s: page %zu was written", t->name,
		      page);
}

static void poisoned(uint32_t method, const struct track_kind *kind)
{
	struct tracked t;
	uint8_t found[PAGES];

	if (!(kind->modes & LIBUFFD_MISSING))
		return;
	track_serve(&t, method, kind, PAGES, UFFD_FEATURE_POISON, 0,
		    (struct uffd_region_opts){.fault_around = 4096});
	poison(&t, 0);
	track_start(&t);
	expect_poison(&t, 0);
	poison(&t, 2);
	track_write(&t, 1);
	/* Nothing is said about these themselves, but that it ends. */
	collect_all(t.dirty, t.s.m.length, t.s.m.page, 8, found);
	ck_assert_msg(found[1], "%s", t.name);
	expect_poison(&t, 2);
	expect_poison(&t, 0);
	collect_all(t.dirty, t.s.m.length, t.s.m.page, 8, found);
	EXPECT_DIRTY(&t, "");
	expect_poison(&t, 0);
	expect_poison(&t, 2);
	track_write(&t, 1);
	track_write(&t, 3);
	EXPECT_DIRTY(&t, "1 3");
	track_stop(&t);
	expect_poison(&t, 0);
	expect_poison(&t, 2);
	track_end(&t);
}

static void poisoned_pages_stay_poisoned(void)
{
	track_each(poisoned, PAGES);
}

TEST_MAIN(poisoned_pages_stay_poisoned)
