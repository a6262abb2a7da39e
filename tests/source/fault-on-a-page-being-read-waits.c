/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * While a page is being read, faults on it and uffd_demand() of it wait for that read, and
 * uffd_prefetch() passes it by: nothing is asked for twice.
 */
#include "later.h"

#define PAGES 32u

static struct later l;
static struct served s;

static void *demands(void *arg)
{
	int ret = uffd_demand(s.region, 0, 16 * 4096, NULL);

	return ret == 0 ? NULL : arg;
}

static void fault_on_a_page_being_read_waits(void)
{
	struct toucher t[16];
	pthread_t thread;
	void *failed = NULL;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	touch_start(&t[0], served_page(&s, 0), false, 0);
	WAIT_UNTIL(later_count(&l) == 1);
	ck_assert_uint_eq(l.held[0].length, 16 * 4096);
	for (size_t k = 1; k < 16; k++)
		touch_start(&t[k], served_page(&s, k), k % 2, 1);
	ck_assert_int_eq(pthread_create(&thread, NULL, demands, &s), 0);
	WAIT_UNTIL(stats_of(s.ctx).faults_waited >= 15);
	ck_assert_int_eq(uffd_prefetch(s.region, 0, 16 * 4096), 0);
	for (size_t k = 0; k < 16; k++)
		ck_assert(touch_asleep(&t[k]));
	ck_assert_uint_eq(later_asked(&l), 1);
	later_answer_all(&l);
	for (size_t k = 0; k < 16; k++) {
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_DONE);
		ck_assert_uint_eq(t[k].value, (k % 2 ? 1 : s.content[k * 4096]));
		s.content[k * 4096] = t[k].value;
		ck_assert(served_right(&s, k));
	}
	pthread_join(thread, &failed);
	ck_assert_ptr_null(failed);
	ck_assert_uint_eq(later_asked(&l), 1);
	serve_end(&s);
	later_free(&l);
}

TEST_MAIN(fault_on_a_page_being_read_waits)
