/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * LIBUFFD_ON_ERROR_HOLD: after all tries who waits sleeps until uffd_region_resume(), which asks
 * anew, as often as before. A source that comes back before the last try is as if nothing had been.
 */
#include "later.h"

#define PAGES 16u

static struct later l;
static struct served s;

static void fail_next(uint32_t n)
{
	while (n--) {
		WAIT_UNTIL(later_count(&l) == 1);
		ck_assert(later_fail(&l, 0, -EIO));
	}
}

static void make(uint32_t on_error)
{
	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
		    (struct uffd_region_opts){
			    .max_retries = 2, .retry_ns = 20000, .on_error = on_error});
	s.loop = serve_start(s.ctx, NULL);
}

/* Pages [first, end) come. */
static void end(struct toucher *t, size_t first, size_t end)
{
	WAIT_UNTIL(later_count(&l) == 1);
	later_answer_all(&l);
	ck_assert_int_eq(touch_join(t), TOUCH_DONE);
	for (size_t k = first; k < end; k++)
		ck_assert(served_right(&s, k));
	serve_end(&s);
	later_free(&l);
}

static void held_until_resume(void)
{
	struct toucher t;

	make(LIBUFFD_ON_ERROR_HOLD);
	touch_start(&t, served_page(&s, 5), false, 0);
	for (uint32_t round = 0; round < 3; round++) {
		/* First the window, and then the page alone. */
		fail_next(round ? 3 : 4);
		/* What is held is told by resume alone. */
		WAIT_UNTIL(uffd_region_resume(s.region) == 1);
		ck_assert(touch_asleep(&t));
		WAIT_UNTIL(later_asked(&l) == 4 + 3 * round + 1);
	}
	ck_assert_int_eq(uffd_region_resume(s.region), 0);
	ck_assert_uint_eq(page_state(&s, 4), LIBUFFD_PAGE_EMPTY);
	end(&t, 5, 6);
}

static void comes_back(uint32_t on_error)
{
	struct toucher t;

	make(on_error);
	touch_start(&t, served_page(&s, 5), false, 0);
	fail_next(2);
	end(&t, 0, PAGES);
}

static void failed_answers_are_held_until_resume(void)
{
	held_until_resume();
	comes_back(LIBUFFD_ON_ERROR_HOLD);
	comes_back(LIBUFFD_ON_ERROR_POISON);
}

TEST_MAIN(failed_answers_are_held_until_resume)
