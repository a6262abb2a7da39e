/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * While a source says EBUSY to several extents the loop serves the faults of other regions, and
 * uffd_demand() of a busy page ends at its deadline.
 */
#include "later.h"

#define PAGES 64u

static struct later l;
static struct served s;

static int one_at_a_time(struct later *who, uint64_t offset, uint64_t length)
{
	(void)offset;
	(void)length;
	return later_count(who) ? -EBUSY : LATER_HOLD;
}

static int zeros(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)user;
	return (int)uffd_zero(region, extent->offset, extent->length, 0);
}

static void *demands(void *arg)
{
	struct timespec until;
	int ret;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += 20000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	ret = uffd_demand(s.region, 30 * 4096, 4096, &until);
	atomic_store((_Atomic int *)arg, ret ? ret : 1);
	return NULL;
}

static void busy_source_keeps_nobody_else_waiting(void)
{
	_Atomic int demanded = 0;
	struct uffd_region *other;
	struct toucher t[4], o;
	struct test_memory m;
	pthread_t thread;

	later_make(&l, PAGES * 4096, one_at_a_time);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.fault_around = 4096});
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 64);
	other = serve_region(&s, &m, LIBUFFD_MISSING,
			     (struct uffd_region_opts){.fault = zeros, .fault_around = 4096});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < 4; k++)
		touch_start(&t[k], served_page(&s, 7 * k), false, 0);
	for (size_t k = 0; k < 4; k++)
		ck_assert(touch_asleep(&t[k]));
	WAIT_UNTIL(later_count(&l) == 1 && later_refused(&l) >= 20);
	for (size_t k = 0; k < 64; k++) {
		touch_start(&o, (uint8_t *)m.at + k * 4096, false, 1);
		WAIT_UNTIL(atomic_load(&o.state) != TOUCH_RUNNING);
		ck_assert_int_eq(touch_join(&o), TOUCH_DONE);
		ck_assert_uint_eq(o.value, 0);
	}
	ck_assert_int_eq(pthread_create(&thread, NULL, demands, &demanded), 0);
	WAIT_UNTIL(atomic_load(&demanded));
	pthread_join(thread, NULL);
	ck_assert_int_eq(atomic_load(&demanded), -ETIMEDOUT);
	later_start(&l, false);
	for (size_t k = 0; k < 4; k++) {
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
		ck_assert(served_right(&s, 7 * k));
	}
	ck_assert(served_right(&s, 30));
	serve_settled(&s);
	later_stop(&l);
	ck_assert_int_eq(uffd_region_remove(other, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
	serve_end(&s);
	later_free(&l);
}

TEST_MAIN(busy_source_keeps_nobody_else_waiting)
