/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What a prefetch tells of itself: bytes_done never goes back, what is in flight is what the source
 * has in hand, and at the end everything is done. Threads fault and demand meanwhile, and the
 * source says EBUSY.
 */
#include "later.h"

#define PAGES 2048u

static struct later l;
static struct served s;
static _Atomic uint32_t asked;
static _Atomic int wrong;

static int busy_now_and_then(struct later *who, uint64_t offset, uint64_t length)
{
	(void)who;
	(void)offset;
	(void)length;
	return atomic_fetch_add(&asked, 1) % 5 == 4 ? -EBUSY : LATER_HOLD;
}

static void *faults(void *arg)
{
	(void)arg;
	for (size_t k = 5; k < PAGES; k += 97)
		if (!served_right(&s, k))
			atomic_fetch_add(&wrong, 1);
	return NULL;
}

static void *demands(void *arg)
{
	(void)arg;
	for (size_t k = PAGES - 40; k > 200; k -= 113)
		if (uffd_demand(s.region, k * 4096, 8 * 4096, NULL))
			atomic_fetch_add(&wrong, 1);
	return NULL;
}

static void progress_never_goes_back(void)
{
	struct uffd_prefetch_progress p = {.size = sizeof(p)}, before = {0};
	struct uffd_prefetch *prefetch;
	pthread_t threads[2];

	later_make(&l, PAGES * 4096, busy_now_and_then);
	later_serve(&s, &l, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
		    (struct uffd_region_opts){0});
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, NULL), 0);
	ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
	ck_assert_uint_eq(p.bytes_total, s.m.length);
	ck_assert_uint_eq(p.bytes_done, 0);
	ck_assert_uint_eq(p.bytes_in_flight, 0);
	ck_assert_uint_eq(p.state, LIBUFFD_PREFETCH_RUNNING);
	s.loop = serve_start(s.ctx, NULL);
	WAIT_UNTIL(later_count(&l) > 0);
	later_start(&l, false);
	ck_assert_int_eq(pthread_create(&threads[0], NULL, faults, NULL), 0);
	ck_assert_int_eq(pthread_create(&threads[1], NULL, demands, NULL), 0);
	do {
		ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
		ck_assert_uint_ge(p.bytes_done, before.bytes_done);
		ck_assert_uint_ge(p.bytes_brought, before.bytes_brought);
		ck_assert_uint_le(p.bytes_brought, p.bytes_done);
		ck_assert_uint_le(p.bytes_done + p.bytes_in_flight, p.bytes_total);
		before = p;
	} while (p.state == LIBUFFD_PREFETCH_RUNNING);
	ck_assert_uint_eq(p.state, LIBUFFD_PREFETCH_DONE);
	ck_assert_uint_eq(p.bytes_done, p.bytes_total);
	ck_assert_uint_eq(p.bytes_in_flight, 0);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), 0);
	uffd_prefetch_close(prefetch);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	ck_assert_int_eq(atomic_load(&wrong), 0);
	serve_settled(&s);
	later_stop(&l);
	ck_assert_int_eq(memcmp(s.m.at, s.content, s.m.length), 0);
	ck_assert(later_none_twice(&l));
	serve_end(&s);
	later_free(&l);
}

TEST_MAIN(progress_never_goes_back)
