/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Whatever a source fails with, at once or later, is tried again after a back-off, as often as the
 * region says, once more for the page alone, and no more; then it is SIGBUS, for that page. What
 * was answered with too little or too much is never content.
 */
#include "later.h"

#define PAGES   16u
#define RETRIES 3u
#define ALONE   1u

static struct later l;
static struct served s;
static _Atomic int with;

static int refuse(struct later *who, uint64_t offset, uint64_t length)
{
	(void)who;
	(void)offset;
	(void)length;
	return atomic_load(&with);
}

static void make(uint32_t retries, int (*decide)(struct later *l, uint64_t offset, uint64_t length))
{
	later_make(&l, PAGES * 4096, decide);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.max_retries = retries, .retry_ns = 20000});
	s.loop = serve_start(s.ctx, NULL);
}

static void end(uint32_t tries)
{
	serve_settled(&s);
	ck_assert_uint_eq(l.asked + l.refused, tries);
	ck_assert_uint_eq(stats_of(s.ctx).source_errors, tries);
	ck_assert_uint_eq(stats_of(s.ctx).source_retries, tries - 1);
	ck_assert_uint_eq(stats_of(s.ctx).pages_poisoned, 1);
	ck_assert_uint_eq(stats_of(s.ctx).read_bytes, 0);
	serve_end(&s);
	later_free(&l);
}

/* The answer has the bytes, and the wrong result. */
static void answered_with(int64_t result, uint32_t retries, uint32_t tries)
{
	struct toucher t;

	make(retries, NULL);
	touch_start(&t, served_page(&s, 5), false, 0);
	for (uint32_t k = 0; k < tries; k++) {
		WAIT_UNTIL(later_count(&l) == 1);
		content_write(l.held[0].to, l.held[0].offset, l.held[0].length);
		ck_assert(later_fail(&l, 0, result));
	}
	ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	end(tries);
}

static void refused_with(int error, uint32_t retries, uint32_t tries)
{
	struct toucher t;

	atomic_store(&with, error);
	make(retries, refuse);
	touch_start(&t, served_page(&s, 5), true, 1);
	ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	end(tries);
}

/* One failure later, one at once, and so on: they count together. */
static int every_second(struct later *who, uint64_t offset, uint64_t length)
{
	static _Atomic uint32_t n;

	(void)who;
	(void)offset;
	(void)length;
	return atomic_fetch_add(&n, 1) % 2 ? -EIO : LATER_HOLD;
}

static void both(void)
{
	struct toucher t;

	make(RETRIES, every_second);
	touch_start(&t, served_page(&s, 5), false, 0);
	for (uint32_t k = 0; k < 3; k++) {
		WAIT_UNTIL(later_count(&l) == 1);
		ck_assert(later_fail(&l, 0, -EIO));
	}
	ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	end(1 + RETRIES + ALONE);
}

static void failed_answers_are_retried_then_poison(void)
{
	answered_with(-EIO, RETRIES, 1 + RETRIES + ALONE);
	answered_with(0, RETRIES, 1 + RETRIES + ALONE);
	answered_with(PAGES * 4096 - 1, RETRIES, 1 + RETRIES + ALONE);
	answered_with(8192, 1, 2 + ALONE);
	answered_with(PAGES * 4096 + 1, 1, 2 + ALONE);
	answered_with(INT64_MAX, 1, 2 + ALONE);
	answered_with(INT64_MIN, 1, 2 + ALONE);
	answered_with(-4096, 1, 2 + ALONE);
	answered_with(-(INT64_C(1) << 32), 1, 2 + ALONE);
	answered_with(-EBUSY, 1, 2 + ALONE);
	answered_with(-EIO, UINT32_MAX, 1 + ALONE);
	answered_with(-EIO, 0, 6 + ALONE);
	refused_with(-EIO, RETRIES, 1 + RETRIES + ALONE);
	refused_with(-EAGAIN, RETRIES, 1 + RETRIES + ALONE);
	refused_with(INT32_MIN, 1, 2 + ALONE);
	refused_with(-EIO, UINT32_MAX, 1 + ALONE);
	both();
}

TEST_MAIN(failed_answers_are_retried_then_poison)
