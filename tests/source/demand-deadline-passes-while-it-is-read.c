/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd_demand() whose deadline passes while its read is in flight: the read goes on, and when it
 * comes the pages are there for everybody.
 */
#include "later.h"

#define PAGES 64u

static struct timespec after(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void passes(bool looped, bool fails)
{
	struct timespec past = {.tv_sec = 1}, soon;
	struct toucher t;
	struct later l;
	struct served s;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.max_retries = 3, .retry_ns = 20000});
	if (looped)
		s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_demand(s.region, 8 * 4096, 16 * 4096, &past), -ETIMEDOUT);
	ck_assert_uint_eq(later_count(&l), 1);
	soon = after(5);
	ck_assert_int_eq(uffd_demand(s.region, 0, 32 * 4096, &soon), -ETIMEDOUT);
	/* What was not under way has been asked for, what was has not. */
	ck_assert_uint_eq(l.bytes, 32 * 4096);
	ck_assert_uint_eq(page_state(&s, 20), LIBUFFD_PAGE_BUSY);
	if (looped)
		touch_start(&t, served_page(&s, 20), false, 0);
	if (fails)
		later_fail(&l, 0, -EIO);
	later_answer_all(&l);
	if (fails && looped)
		WAIT_UNTIL(later_asked(&l) == 4);
	if (fails && !looped) {
		soon = after(100);
		ck_assert_int_eq(uffd_demand(s.region, 8 * 4096, 4096, &soon), -ETIMEDOUT);
		ck_assert_uint_eq(later_count(&l), 1);
	}
	later_answer_all(&l);
	ck_assert_int_eq(uffd_demand(s.region, 0, 32 * 4096, &past), 0);
	if (looped)
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	for (size_t k = 0; k < 32; k++)
		ck_assert(served_right(&s, k));
	ck_assert_uint_eq(later_asked(&l), fails ? 4 : 3);
	ck_assert(later_none_twice(&l));
	serve_end(&s);
	later_free(&l);
}

static void demand_deadline_passes_while_it_is_read(void)
{
	passes(false, false);
	passes(true, false);
	passes(false, true);
	passes(true, true);
}

TEST_MAIN(demand_deadline_passes_while_it_is_read)
