/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The region of a prefetch is removed, or its context closed, before a loop came, while reads are
 * in flight, and at any moment: the prefetch is cancelled, its reads are waited for, and the pages
 * are settled as was said.
 */
#include "call.h"
#include "later.h"

#define PAGES 1024u

static struct later l;
static struct served s;
static struct uffd_prefetch *prefetch;

static long removes(struct call *c)
{
	return uffd_region_remove(s.region, (uint32_t)c->number);
}

/* Far less is in flight than there is. */
static void make(void)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts), .budget = 524288};

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.install = LIBUFFD_INSTALL_COPY});
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, &opts), 0);
}

static void end(void)
{
	struct uffd_prefetch_progress p = {.size = sizeof(p)};

	ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
	ck_assert_uint_eq(p.bytes_in_flight, 0);
	uffd_prefetch_close(prefetch);
	serve_end(&s);
	later_free(&l);
}

/* What a page of the memory is now; brought: the source was asked for it. */
static void expect_page(size_t k, uint32_t how, bool brought)
{
	struct toucher t;

	touch_start(&t, served_page(&s, k), false, 0);
	if (!brought && how == LIBUFFD_CLOSE_POISON) {
		ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
		return;
	}
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(t.value,
			  (brought || how == LIBUFFD_CLOSE_FINISH ? s.content[k * 4096] : 0));
}

static void in_flight(uint32_t how, bool fails)
{
	struct call c = {.fn = removes, .number = (int)how};
	bool brought;

	make();
	s.loop = serve_start(s.ctx, NULL);
	WAIT_UNTIL(later_count(&l) >= 2);
	call_start(&c);
	ck_assert(call_asleep(&c));
	if (fails)
		later_fail(&l, 0, -EIO);
	else
		later_answer(&l, 0);
	later_answer_all(&l);
	if (how == LIBUFFD_CLOSE_FINISH) {
		later_start(&l, false);
		ck_assert_int_eq(call_join(&c), 0);
		later_stop(&l);
	} else {
		ck_assert_int_eq(call_join(&c), 0);
	}
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), fails ? -EIO : -ECANCELED);
	brought = !fails;
	expect_page(0, how, brought);
	expect_page(PAGES - 1, how, false);
	ck_assert(fails || how == LIBUFFD_CLOSE_FINISH || later_none_twice(&l));
	end();
}

static void before_a_loop(uint32_t how)
{
	make();
	if (how == LIBUFFD_CLOSE_FINISH)
		later_start(&l, false);
	ck_assert_int_eq(uffd_region_remove(s.region, how), 0);
	if (how == LIBUFFD_CLOSE_FINISH)
		later_stop(&l);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), -ECANCELED);
	expect_page(3, how, false);
	end();
}

/* A removal that is refused changes nothing: the prefetch goes on. */
static void refused(void)
{
	make();
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	s.loop = serve_start(s.ctx, NULL);
	later_start(&l, false);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	later_stop(&l);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	end();
}

static void at_any_moment(uint32_t how)
{
	for (uint32_t i = 0; i < 6; i++) {
		struct uffd_prefetch_progress p = {.size = sizeof(p)};
		int ret;

		make();
		s.loop = serve_start(s.ctx, NULL);
		later_start(&l, false);
		do
			ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
		while (p.bytes_done < i * PAGES / 6 * 4096);
		ck_assert_int_eq(uffd_region_remove(s.region, how), 0);
		ret = uffd_prefetch_wait(prefetch, NULL);
		later_stop(&l);
		ck_assert(ret == 0 || ret == -ECANCELED);
		expect_page(PAGES - 1, how, ret == 0);
		end();
	}
}

static void context_is_closed(uint32_t how)
{
	int fd = -1;

	make();
	s.loop = serve_start(s.ctx, NULL);
	WAIT_UNTIL(later_count(&l) >= 2);
	ck_assert_int_eq(uffd_loop_close(s.loop), 0);
	later_start(&l, false);
	if (how > LIBUFFD_CLOSE_DROP) {
		WAIT_UNTIL(later_count(&l) == 0);
		WAIT_UNTIL(uffd_ctx_release(s.ctx, &fd) == 0);
		close(fd);
	} else {
		ck_assert_int_eq(uffd_ctx_close(s.ctx, how), 0);
	}
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), -ECANCELED);
	later_stop(&l);
	if (how <= LIBUFFD_CLOSE_DROP) {
		expect_page(0, how, true);
		expect_page(PAGES - 1, how, false);
	}
	uffd_prefetch_close(prefetch);
	munmap(s.content, s.m.length);
	test_memory_free(&s.m);
	later_free(&l);
}

static void region_ends_while_it_is_prefetched(void)
{
	for (uint32_t how = LIBUFFD_CLOSE_FINISH; how <= LIBUFFD_CLOSE_DROP; how++) {
		before_a_loop(how);
		in_flight(how, false);
		in_flight(how, true);
		at_any_moment(how);
		context_is_closed(how);
	}
	context_is_closed(LIBUFFD_CLOSE_DROP + 1);
	refused();
}

TEST_MAIN(region_ends_while_it_is_prefetched)
