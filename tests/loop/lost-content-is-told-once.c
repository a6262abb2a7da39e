/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Content that cannot be had is told of once for each run, when all tries are used up, with what of
 * it is left and the last error, before anybody takes SIGBUS or is put on hold; whoever asked, but
 * not where it was only prefetched.
 */
#include "serve.h"

#define PAGES 16u
#define TRIES 3 /* with the first */

static struct served s;
static struct toucher *sleeper; /* who waits while lost() is called */
static _Atomic int calls, lost_calls;
static uint64_t lost_offset, lost_length;
static int lost_error, partly;
static void (*in_fault)(void);

static int fails(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	int n = atomic_fetch_add(&calls, 1);

	(void)user;
	if (in_fault && n == 0)
		in_fault();
	if (partly && n == 0) {
		ck_assert_int_eq(uffd_copy(region, extent->offset, s.content + extent->offset,
					   (uint64_t)partly * s.m.page, 0),
				 0);
		return partly * (int)s.m.page;
	}
	return n == TRIES - 1 ? -ENODATA : -EIO;
}

static void lost(struct uffd_region *region, uint64_t offset, uint64_t length, int error,
		 void *user)
{
	ck_assert_ptr_eq(region, s.region);
	ck_assert_ptr_eq(user, &s);
	lost_offset = offset;
	lost_length = length;
	lost_error = error;
	for (uint64_t at = offset; at < offset + length; at += s.m.page)
		ck_assert_uint_eq(LIBUFFD_PAGE_STATE((unsigned int)uffd_region_page(region, at)),
				  LIBUFFD_PAGE_BUSY);
	if (sleeper)
		ck_assert_int_eq(atomic_load(&sleeper->state), TOUCH_RUNNING);
	atomic_fetch_add(&lost_calls, 1);
}

static void begin(uint32_t on_error)
{
	atomic_store(&calls, 0);
	atomic_store(&lost_calls, 0);
	in_fault = NULL;
	partly = 0;
	sleeper = NULL;
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = fails,
					.lost = lost,
					.on_error = on_error,
					.fault_around = 4 * (uint64_t)sysconf(_SC_PAGESIZE),
					.max_retries = TRIES - 1,
					.retry_ns = 1000});
}

static void expect_told(int times, uint64_t first, uint64_t pages, int error)
{
	WAIT_UNTIL(atomic_load(&lost_calls) >= times);
	ck_assert_int_eq(atomic_load(&lost_calls), times);
	ck_assert_uint_eq(lost_offset, first * s.m.page);
	ck_assert_uint_eq(lost_length, pages * s.m.page);
	ck_assert_int_eq(lost_error, error);
}

static void of_a_fault(void)
{
	struct toucher t;

	begin(LIBUFFD_ON_ERROR_POISON);
	sleeper = &t;
	s.loop = serve_start(s.ctx, NULL);
	touch_start(&t, served_page(&s, 6), false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	expect_told(1, 4, 4, -ENODATA);
	ck_assert_int_eq(atomic_load(&calls), TRIES);
	/* What came is not lost. */
	sleeper = NULL;
	partly = 1;
	atomic_store(&calls, 0);
	touch_start(&t, served_page(&s, 9), false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	expect_told(2, 9, 3, -ENODATA);
	ck_assert(served_right(&s, 8));
	serve_end(&s);
}

static void of_what_is_held(void)
{
	struct toucher t;

	begin(LIBUFFD_ON_ERROR_HOLD);
	sleeper = &t;
	s.loop = serve_start(s.ctx, NULL);
	touch_start(&t, served_page(&s, 0), false, 0);
	expect_told(1, 0, 4, -ENODATA);
	/* Told, it is put on hold; resumed, it has all its tries again. */
	atomic_store(&calls, 0);
	WAIT_UNTIL(uffd_region_resume(s.region) == 1);
	expect_told(2, 0, 4, -ENODATA);
	ck_assert(touch_asleep(&t));
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	s.loop = NULL;
	sleeper = NULL;
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	munmap(s.content, s.m.length);
	test_memory_free(&s.m);
}

static void of_a_demand(void)
{
	begin(LIBUFFD_ON_ERROR_POISON);
	ck_assert_int_eq(uffd_demand(s.region, 2 * s.m.page, 5 * s.m.page, NULL), -EHWPOISON);
	expect_told(1, 2, 5, -ENODATA);
	serve_end(&s);
}

static struct toucher waiter;

static void a_thread_waits(void)
{
	touch_start(&waiter, served_page(&s, 1), false, 0);
	WAIT_UNTIL(uffd_region_page(s.region, s.m.page) & LIBUFFD_PAGE_WAITERS);
}

static void of_a_prefetch(void)
{
	begin(LIBUFFD_ON_ERROR_POISON);
	s.loop = serve_start(s.ctx, NULL);
	/* Nobody waits: nothing is lost, it can be asked for later. */
	ck_assert_int_eq(uffd_prefetch(s.region, 0, 2 * s.m.page), -EIO);
	ck_assert_int_eq(atomic_load(&calls), 1);
	ck_assert_int_eq(atomic_load(&lost_calls), 0);
	ck_assert_uint_eq(page_state(&s, 0), LIBUFFD_PAGE_EMPTY);
	ck_assert_int_eq(uffd_region_unfilled(s.region), (int64_t)s.m.length);
	/* Somebody does. */
	atomic_store(&calls, 0);
	in_fault = a_thread_waits;
	sleeper = &waiter;
	ck_assert_int_eq(uffd_prefetch(s.region, 0, 2 * s.m.page), -EIO);
	ck_assert_int_eq(touch_join(&waiter), TOUCH_SIGBUS);
	expect_told(1, 0, 2, -ENODATA);
	serve_settled(&s);
	ck_assert_int_eq(uffd_region_unfilled(s.region), (int64_t)(s.m.length - 2 * s.m.page));
	serve_end(&s);
}

static void lost_content(void)
{
	of_a_fault();
	of_what_is_held();
	of_a_demand();
	of_a_prefetch();
}

TEST_MAIN(lost_content)
