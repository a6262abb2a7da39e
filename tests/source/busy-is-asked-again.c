/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A source that says EBUSY is asked again: when another of its reads has ended, and by itself where
 * nothing else is in flight. It is no error, and counts as no try.
 */
#include "later.h"

#define PAGES 64u

static struct later l;
static struct served s;
static _Atomic bool busy;

static int one_at_a_time(struct later *who, uint64_t offset, uint64_t length)
{
	(void)offset;
	(void)length;
	return later_count(who) ? -EBUSY : LATER_HOLD;
}

static int while_busy(struct later *who, uint64_t offset, uint64_t length)
{
	(void)who;
	(void)offset;
	(void)length;
	return atomic_load(&busy) ? -EBUSY : LATER_HOLD;
}

static void make(int (*decide)(struct later *who, uint64_t offset, uint64_t length))
{
	later_make(&l, PAGES * 4096, decide);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.fault_around = 4096, .max_retries = UINT32_MAX});
	s.loop = serve_start(s.ctx, NULL);
}

static void end(void)
{
	ck_assert_uint_eq(stats_of(s.ctx).source_errors, 0);
	ck_assert_uint_eq(stats_of(s.ctx).source_retries, 0);
	ck_assert(later_none_twice(&l));
	serve_end(&s);
	later_free(&l);
}

static void when_another_has_ended(void)
{
	struct toucher t[8];

	make(one_at_a_time);
	for (size_t k = 0; k < 8; k++)
		touch_start(&t[k], served_page(&s, 7 * k), false, 0);
	for (uint32_t k = 0; k < 8; k++) {
		WAIT_UNTIL(later_count(&l) == 1);
		ck_assert_uint_eq(later_asked(&l), k + 1);
		ck_assert(later_answer(&l, 0));
	}
	for (size_t k = 0; k < 8; k++) {
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
		ck_assert_uint_eq(t[k].value, s.content[7 * k * 4096]);
	}
	ck_assert_uint_eq(l.peak, 1);
	end();
}

static void by_itself(void)
{
	struct toucher t;

	atomic_store(&busy, true);
	make(while_busy);
	touch_start(&t, served_page(&s, 3), false, 0);
	WAIT_UNTIL(later_refused(&l) >= 5);
	ck_assert(touch_asleep(&t));
	ck_assert_uint_eq(page_state(&s, 3), LIBUFFD_PAGE_BUSY | LIBUFFD_PAGE_WAITERS);
	atomic_store(&busy, false);
	WAIT_UNTIL(later_count(&l) == 1);
	later_answer_all(&l);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert(served_right(&s, 3));
	end();
}

/* Without any loop it is uffd_demand() that asks again. */
static void *demands(void *arg)
{
	return uffd_demand(s.region, 0, 4 * 4096, NULL) == 0 ? NULL : arg;
}

static void by_a_demand(void)
{
	pthread_t thread;
	void *failed = NULL;

	atomic_store(&busy, true);
	make(while_busy);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = NULL;
	ck_assert_int_eq(pthread_create(&thread, NULL, demands, &s), 0);
	WAIT_UNTIL(later_refused(&l) >= 5);
	atomic_store(&busy, false);
	WAIT_UNTIL(later_count(&l) == 1);
	later_answer_all(&l);
	pthread_join(thread, &failed);
	ck_assert_ptr_null(failed);
	for (size_t k = 0; k < 4; k++)
		ck_assert(served_right(&s, k));
	end();
}

static void busy_is_asked_again(void)
{
	when_another_has_ended();
	by_itself();
	by_a_demand();
}

TEST_MAIN(busy_is_asked_again)
