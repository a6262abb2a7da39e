/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The loop's own thread answers a source's reads in the callback of another region, and by itself
 * between two turns.
 */
#include "later.h"

#define PAGES 64u

static struct later l;
static struct served s;

/* The other region's. */
static int answers(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)user;
	later_answer_all(&l);
	return (int)uffd_zero(region, extent->offset, extent->length, 0);
}

static void answered(bool between)
{
	struct uffd_region *other;
	struct test_memory m;
	struct toucher t[4], trigger;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.fault_around = 4096});
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	other = serve_region(&s, &m, LIBUFFD_MISSING, (struct uffd_region_opts){.fault = answers});
	s.loop = serve_open(s.ctx, NULL);
	for (size_t k = 0; k < 4; k++)
		touch_start(&t[k], served_page(&s, 10 * k), false, 0);
	DISPATCH_UNTIL(s.loop, later_count(&l) == 4);
	if (between) {
		later_answer_all(&l);
	} else {
		touch_start(&trigger, m.at, false, 0);
		DISPATCH_UNTIL(s.loop, atomic_load(&trigger.state) != TOUCH_RUNNING);
		ck_assert_int_eq(touch_join(&trigger), TOUCH_DONE);
		ck_assert_uint_eq(trigger.value, 0);
	}
	/* Woken by the answer: nothing more has to be dispatched. */
	for (size_t k = 0; k < 4; k++) {
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
		ck_assert(served_right(&s, 10 * k));
	}
	ck_assert_int_eq(uffd_region_remove(other, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
	serve_end(&s);
	later_free(&l);
}

static void answered_in_another_callback(void)
{
	answered(false);
	answered(true);
}

TEST_MAIN(answered_in_another_callback)
