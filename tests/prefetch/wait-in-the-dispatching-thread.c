/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The thread that dispatches cannot wait for a prefetch that needs it: EDEADLK, between two turns
 * and in a callback, before anything is begun, while the last reads are in flight, and after it was
 * cancelled with reads in flight; with a deadline too. Of one that is over it hears the result.
 */
#include "later.h"

#define PAGES 64u

static struct later l;
static struct served s;
static struct uffd_prefetch *prefetch;
static int in_callback;

static int waits(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)user;
	in_callback = uffd_prefetch_wait(prefetch, NULL);
	return (int)uffd_zero(region, extent->offset, extent->length, 0);
}

static void make(void)
{
	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.install = LIBUFFD_INSTALL_COPY});
	s.loop = serve_open(s.ctx, NULL);
	ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 0);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, NULL), 0);
}

static void refused(void)
{
	struct timespec soon;

	clock_gettime(CLOCK_MONOTONIC, &soon);
	soon.tv_sec += 5;
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), -EDEADLK);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, &soon), -EDEADLK);
}

static void end(int result)
{
	later_answer_all(&l);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), result);
	uffd_prefetch_close(prefetch);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert(served_right(&s, k));
	serve_end(&s);
	later_free(&l);
}

static void wait_in_the_dispatching_thread(void)
{
	struct test_memory m;
	struct toucher t;

	make();
	refused();
	DISPATCH_UNTIL(s.loop, later_count(&l) == 1);
	/* All of it is in flight, and nothing left to begin. */
	for (int i = 0; i < 3; i++)
		ck_assert_int_ge(uffd_loop_dispatch(s.loop, 0), 0);
	refused();
	later_answer_all(&l);
	DISPATCH_UNTIL(s.loop, page_state(&s, PAGES - 1) == LIBUFFD_PAGE_CACHED);
	while (uffd_prefetch_wait(prefetch, NULL) == -EDEADLK)
		ck_assert_int_ge(uffd_loop_dispatch(s.loop, 10), 0);
	end(0);

	make();
	DISPATCH_UNTIL(s.loop, later_count(&l) == 1);
	ck_assert_int_eq(uffd_prefetch_cancel(prefetch), 0);
	refused();
	end(0);

	make();
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	serve_region(&s, &m, LIBUFFD_MISSING, (struct uffd_region_opts){.fault = waits});
	touch_start(&t, m.at, false, 0);
	DISPATCH_UNTIL(s.loop, atomic_load(&t.state) != TOUCH_RUNNING);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(in_callback, -EDEADLK);
	DISPATCH_UNTIL(s.loop, later_count(&l) == 1);
	later_answer_all(&l);
	while (uffd_prefetch_wait(prefetch, NULL) == -EDEADLK)
		ck_assert_int_ge(uffd_loop_dispatch(s.loop, 10), 0);
	end(0);
	test_memory_free(&m);
}

TEST_MAIN(wait_in_the_dispatching_thread)
