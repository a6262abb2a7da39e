/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A prefetch whose handle is given up: before there is a loop, in flight, when it is over, at any
 * moment, within a callback, or after its region and its context have ended. It ends as if
 * cancelled, and is freed.
 */
#include "later.h"

#define PAGES 1024u

static struct later l;
static struct served s;
static struct uffd_prefetch *prefetch;

/* Far less is in flight than there is. */
static void make(void)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts), .budget = 524288};

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.install = LIBUFFD_INSTALL_COPY});
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, &opts), 0);
}

static void end(void)
{
	serve_end(&s);
	later_free(&l);
}

static void before_a_loop(bool then_loop)
{
	make();
	uffd_prefetch_close(prefetch);
	if (then_loop) {
		s.loop = serve_start(s.ctx, NULL);
		later_start(&l, false);
		ck_assert(served_right(&s, 77));
		serve_settled(&s);
		later_stop(&l);
		ck_assert_uint_eq(later_asked(&l), 1);
	}
	end();
}

static void in_flight(void)
{
	uint32_t asked;

	make();
	s.loop = serve_start(s.ctx, NULL);
	WAIT_UNTIL(later_count(&l) >= 2);
	uffd_prefetch_close(prefetch);
	/* Closed as the loop is: nothing is begun any more, and what is there comes. */
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	asked = later_asked(&l);
	s.loop = serve_start(s.ctx, NULL);
	later_answer_all(&l);
	later_start(&l, false);
	ck_assert(served_right(&s, PAGES - 1));
	ck_assert(served_right(&s, 0));
	serve_settled(&s);
	later_stop(&l);
	ck_assert_uint_eq(later_asked(&l), asked + 1);
	end();
}

static void when_it_is_over(void)
{
	make();
	s.loop = serve_start(s.ctx, NULL);
	later_start(&l, false);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	later_stop(&l);
	uffd_prefetch_close(prefetch);
	end();
}

static void at_any_moment(void)
{
	for (uint32_t i = 0; i < 16; i++) {
		struct uffd_prefetch_progress p = {.size = sizeof(p)};

		make();
		s.loop = serve_start(s.ctx, NULL);
		later_start(&l, false);
		do
			ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
		while (p.bytes_done < i * PAGES / 16 * 4096);
		uffd_prefetch_close(prefetch);
		ck_assert(served_right(&s, i));
		serve_settled(&s);
		later_stop(&l);
		end();
	}
}

static void after_its_context(void)
{
	struct uffd_prefetch_progress p = {.size = sizeof(p)};

	make();
	end();
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), -ECANCELED);
	ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
	ck_assert_uint_eq(p.state, LIBUFFD_PREFETCH_CANCELLED);
	ck_assert_uint_eq(p.bytes_done, 0);
	ck_assert_int_eq(uffd_prefetch_cancel(prefetch), 0);
	uffd_prefetch_close(prefetch);
}

static int closes(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)user;
	uffd_prefetch_cancel(prefetch);
	uffd_prefetch_close(prefetch);
	return (int)uffd_zero(region, extent->offset, extent->length, 0);
}

static void within_a_callback(void)
{
	struct test_memory m;
	struct toucher t;

	make();
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	serve_region(&s, &m, LIBUFFD_MISSING, (struct uffd_region_opts){.fault = closes});
	s.loop = serve_start(s.ctx, NULL);
	WAIT_UNTIL(later_count(&l) >= 2);
	touch_start(&t, m.at, false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	later_answer_all(&l);
	later_start(&l, false);
	ck_assert(served_right(&s, PAGES - 1));
	serve_settled(&s);
	later_stop(&l);
	end();
	test_memory_free(&m);
}

static void close_at_every_stage(void)
{
	uffd_prefetch_close(NULL);
	before_a_loop(false);
	before_a_loop(true);
	in_flight();
	when_it_is_over();
	at_any_moment();
	after_its_context();
	within_a_callback();
}

TEST_MAIN(close_at_every_stage)
