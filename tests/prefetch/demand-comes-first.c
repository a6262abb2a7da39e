/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * While a prefetch's reads are in flight a fault's read is submitted at once, and so is a demand's;
 * and while either waits for the source, the prefetch begins nothing: also where what is waited for
 * is one of its own reads.
 */
#include "later.h"

#define PAGES 4096u

static struct later l;
static struct served s;
static struct uffd_prefetch *prefetch;

static void make(void)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts), .budget = 1 << 20};

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_SHMEM, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, &opts), 0);
	WAIT_UNTIL(later_count(&l) == 4);
}

static void end(void)
{
	later_start(&l, false);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	later_stop(&l);
	uffd_prefetch_close(prefetch);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	ck_assert(later_none_twice(&l));
	serve_end(&s);
	later_free(&l);
}

static void *demands(void *arg)
{
	return uffd_demand(s.region, (PAGES - 16) * 4096, 16 * 4096, NULL) ? arg : NULL;
}

/* The loop has been through a turn since: it has answered a fault that nobody had to read for. */
static void one_turn(struct uffd_region *other)
{
	static size_t next;
	struct toucher t;

	(void)other;
	touch_start(&t, (uint8_t *)uffd_region_address(other, next++ % 64 * 4096), false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
}

static int zeros(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)user;
	return (int)uffd_zero(region, extent->offset, extent->length, 0);
}

static void first(bool fault)
{
	struct uffd_region *other;
	void *failed = NULL;
	struct test_memory m;
	struct toucher t;
	pthread_t thread;

	make();
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 64);
	other = serve_region(&s, &m, LIBUFFD_MISSING,
			     (struct uffd_region_opts){.fault = zeros, .fault_around = 4096});
	if (fault)
		touch_start(&t, served_page(&s, PAGES - 1), false, 0);
	else
		ck_assert_int_eq(pthread_create(&thread, NULL, demands, &s), 0);
	WAIT_UNTIL(later_count(&l) == 5);
	ck_assert_uint_eq(l.held[4].offset, (PAGES - 16) * 4096);
	/* The prefetch's are answered: nothing takes their place. */
	for (int k = 0; k < 4; k++) {
		ck_assert(later_answer(&l, 0));
		one_turn(other);
		one_turn(other);
		ck_assert_uint_eq(later_asked(&l), 5);
	}
	ck_assert(later_answer(&l, 0));
	if (fault)
		ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	else
		pthread_join(thread, &failed);
	ck_assert_ptr_null(failed);
	WAIT_UNTIL(later_count(&l) > 0);
	later_start(&l, false);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	later_stop(&l);
	ck_assert_int_eq(uffd_region_remove(other, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
	end();
}

static void demand_comes_first(void)
{
	first(true);
	first(false);
}

TEST_MAIN(demand_comes_first)
