/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A prefetch is cancelled before there is a loop, while its reads are in flight, by another thread
 * at any moment, and when it is over: nothing more is begun, what is in flight comes, it ends once
 * and in one way, and the rest of the memory is brought by whoever asks.
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

static struct uffd_prefetch_progress progress(void)
{
	struct uffd_prefetch_progress p = {.size = sizeof(p)};

	ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
	return p;
}

/* It has ended: nothing changes that. */
static void expect(uint32_t state, int waited)
{
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), waited);
		ck_assert_uint_eq(progress().state, state);
		ck_assert_int_eq(progress().error, 0);
		ck_assert_uint_eq(progress().bytes_in_flight, 0);
		ck_assert_int_eq(uffd_prefetch_cancel(prefetch), 0);
	}
}

static void end(void)
{
	uffd_prefetch_close(prefetch);
	if (!s.loop)
		s.loop = serve_start(s.ctx, NULL);
	later_start(&l, false);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(served_right(&s, k), "page %zu", k);
	serve_settled(&s);
	later_stop(&l);
	ck_assert(later_none_twice(&l));
	serve_end(&s);
	later_free(&l);
}

static void before_a_loop(bool then_loop)
{
	make();
	ck_assert_int_eq(uffd_prefetch_cancel(prefetch), 0);
	expect(LIBUFFD_PREFETCH_CANCELLED, -ECANCELED);
	if (then_loop) {
		s.loop = serve_start(s.ctx, NULL);
		expect(LIBUFFD_PREFETCH_CANCELLED, -ECANCELED);
	}
	ck_assert_uint_eq(later_asked(&l), 0);
	end();
}

static void in_flight(bool loop_goes_first)
{
	uint32_t n;

	make();
	s.loop = serve_start(s.ctx, NULL);
	WAIT_UNTIL(later_count(&l) >= 2);
	ck_assert_int_eq(uffd_prefetch_cancel(prefetch), 0);
	ck_assert_uint_eq(progress().state, LIBUFFD_PREFETCH_RUNNING);
	if (loop_goes_first) {
		ck_assert_int_eq(uffd_loop_close(s.loop), 0);
		s.loop = NULL;
	}
	/* One step may have been under way. */
	n = later_count(&l);
	later_answer(&l, 0);
	ck_assert_uint_eq(progress().state, LIBUFFD_PREFETCH_RUNNING);
	later_answer_all(&l);
	expect(LIBUFFD_PREFETCH_CANCELLED, -ECANCELED);
	ck_assert_uint_le(later_asked(&l), n + 16);
	ck_assert_uint_eq(progress().bytes_brought, l.brought);
	ck_assert_uint_lt(progress().bytes_done, progress().bytes_total);
	end();
}

static void when_it_is_over(void)
{
	make();
	s.loop = serve_start(s.ctx, NULL);
	later_start(&l, false);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	later_stop(&l);
	ck_assert_int_eq(uffd_prefetch_cancel(prefetch), 0);
	expect(LIBUFFD_PREFETCH_DONE, 0);
	end();
}

static void at_any_moment(void)
{
	for (uint32_t i = 0; i < 16; i++) {
		int ret;

		make();
		s.loop = serve_start(s.ctx, NULL);
		later_start(&l, false);
		WAIT_UNTIL(progress().bytes_done >= i * PAGES / 16 * 4096 ||
			   progress().state != LIBUFFD_PREFETCH_RUNNING);
		ck_assert_int_eq(uffd_prefetch_cancel(prefetch), 0);
		ret = uffd_prefetch_wait(prefetch, NULL);
		later_stop(&l);
		ck_assert(ret == 0 || ret == -ECANCELED);
		expect(ret ? LIBUFFD_PREFETCH_CANCELLED : LIBUFFD_PREFETCH_DONE, ret);
		ck_assert_int_eq(progress().bytes_done == progress().bytes_total, ret == 0);
		end();
	}
}

static void cancel_at_every_stage(void)
{
	before_a_loop(false);
	before_a_loop(true);
	in_flight(false);
	in_flight(true);
	when_it_is_over();
	at_any_moment();
}

TEST_MAIN(cancel_at_every_stage)
