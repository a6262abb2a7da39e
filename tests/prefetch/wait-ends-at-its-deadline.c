/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd_prefetch_wait(): a deadline that has passed, one that passes, one far away, and none that is a time. */
#include "later.h"

#define PAGES 64u

static struct timespec after(long ms)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

static void wait_ends_at_its_deadline(void)
{
	struct timespec past = {.tv_sec = 1}, before = {.tv_sec = -5},
			none = {.tv_nsec = 1000000000}, negative = {.tv_nsec = -1}, soon,
			never = {.tv_sec = INT64_MAX};
	struct uffd_prefetch *prefetch;
	struct later l;
	struct served s;
	uint64_t began;

	later_make(&l, PAGES * 4096, NULL);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){.install = LIBUFFD_INSTALL_COPY});
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, NULL), 0);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, &past), -ETIMEDOUT);
	s.loop = serve_start(s.ctx, NULL);
	WAIT_UNTIL(later_count(&l) == 1);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, &past), -ETIMEDOUT);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, &before), -ETIMEDOUT);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, &none), -EINVAL);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, &negative), -EINVAL);
	began = test_now();
	soon = after(20);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, &soon), -ETIMEDOUT);
	ck_assert_uint_ge(test_now() - began, 19000000);
	later_start(&l, false);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, &never), 0);
	later_stop(&l);
	/* It is over: no deadline matters. */
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, &past), 0);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, &none), -EINVAL);
	uffd_prefetch_close(prefetch);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	serve_end(&s);
	later_free(&l);
}

TEST_MAIN(wait_ends_at_its_deadline)
