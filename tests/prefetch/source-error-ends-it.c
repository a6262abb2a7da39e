/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * An error of the source ends a prefetch with that error: at once or later, in the first read or
 * the last, or from the map. Nothing more is begun; its pages are empty, nothing is tried again in
 * the background, and a fault on them asks anew.
 */
#include "later.h"

#define PAGES 1024u

static struct later l;
static struct served s;
static struct uffd_prefetch *prefetch;
static _Atomic uint64_t bad; /* what is refused begins here or later */
static _Atomic bool map_fails;

static int refuse(struct later *who, uint64_t offset, uint64_t length)
{
	(void)who;
	(void)length;
	return offset >= atomic_load(&bad) ? -ENXIO : LATER_HOLD;
}

static int64_t map(void *user, uint64_t offset, uint64_t length, int *zero)
{
	(void)user;
	*zero = 0;
	if (atomic_load(&map_fails) && offset >= atomic_load(&bad))
		return -ESTALE;
	return (int64_t)length;
}

static void make(uint64_t budget)
{
	struct uffd_prefetch_opts opts = {.size = sizeof(opts), .budget = budget};

	later_make_mapped(&l, PAGES * 4096, refuse, map);
	later_serve(&s, &l, LIBUFFD_BACKING_SHMEM, PAGES, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
		    (struct uffd_region_opts){0});
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_prefetch_start(&prefetch, s.region, &opts), 0);
}

static void end(int error)
{
	struct uffd_prefetch_progress p = {.size = sizeof(p)};
	uint64_t empty = 0;

	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), error);
	ck_assert_int_eq(uffd_prefetch_progress(prefetch, &p), 0);
	ck_assert_uint_eq(p.state, LIBUFFD_PREFETCH_FAILED);
	ck_assert_int_eq(p.error, error);
	ck_assert_uint_eq(p.bytes_in_flight, 0);
	ck_assert_uint_lt(p.bytes_brought, p.bytes_total);
	ck_assert_uint_eq(p.bytes_brought, l.brought);
	ck_assert_int_eq(uffd_prefetch_cancel(prefetch), 0);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), error);
	ck_assert_uint_eq(stats_of(s.ctx).source_retries, 0);
	ck_assert_uint_ge(stats_of(s.ctx).source_errors, 1);
	for (size_t k = 0; k < PAGES; k++) {
		ck_assert_uint_ne(page_state(&s, k), LIBUFFD_PAGE_BUSY);
		empty += page_state(&s, k) == LIBUFFD_PAGE_EMPTY;
	}
	ck_assert_uint_eq(empty * 4096, p.bytes_total - p.bytes_brought);
	uffd_prefetch_close(prefetch);
	/* Who asks now gets it. */
	atomic_store(&bad, UINT64_MAX);
	later_start(&l, false);
	for (size_t k = 0; k < PAGES; k++)
		ck_assert_msg(served_right(&s, k), "page %zu", k);
	serve_settled(&s);
	later_stop(&l);
	ck_assert(later_none_twice(&l));
	serve_end(&s);
	later_free(&l);
}

/* Of the reads that are held the k-th fails. */
static void later_error(uint32_t k, int64_t result, int error)
{
	uint32_t n;

	atomic_store(&bad, UINT64_MAX);
	make(1 << 20);
	WAIT_UNTIL(later_count(&l) == 4);
	ck_assert(later_fail(&l, k, result));
	/* No other is begun: the rest comes, and that is all. */
	n = later_asked(&l);
	later_answer_all(&l);
	ck_assert_uint_eq(later_asked(&l), n);
	end(error);
}

static void refused(uint64_t from)
{
	atomic_store(&bad, from);
	make(1 << 20);
	later_start(&l, false);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), -ENXIO);
	later_stop(&l);
	end(-ENXIO);
}

static void map_error(uint64_t from)
{
	atomic_store(&bad, from);
	atomic_store(&map_fails, true);
	make(0);
	later_start(&l, false);
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), -ESTALE);
	later_stop(&l);
	end(-ESTALE);
	atomic_store(&map_fails, false);
}

/* A fault waits for a page whose prefetch fails: it is tried again for the fault's sake. */
static void with_a_waiter(void)
{
	struct toucher t;

	atomic_store(&bad, UINT64_MAX);
	make(1 << 20);
	WAIT_UNTIL(later_count(&l) == 4);
	touch_start(&t, served_page(&s, 3), false, 0);
	WAIT_UNTIL(stats_of(s.ctx).faults_waited == 1);
	ck_assert(later_fail(&l, 0, -EIO));
	ck_assert(later_answer(&l, 0) && later_answer(&l, 0) && later_answer(&l, 0));
	ck_assert_int_eq(uffd_prefetch_wait(prefetch, NULL), -EIO);
	uffd_prefetch_close(prefetch);
	later_start(&l, false);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_uint_eq(t.value, s.content[3 * 4096]);
	serve_settled(&s);
	later_stop(&l);
	serve_end(&s);
	later_free(&l);
}

static void source_error_ends_it(void)
{
	later_error(0, -EIO, -EIO);
	later_error(3, -EIO, -EIO);
	later_error(1, 4096, -EIO);
	later_error(2, INT64_MIN, -EIO);
	refused(0);
	refused(PAGES * 4096 / 2);
	map_error(0);
	map_error(PAGES * 4096 / 2);
	with_a_waiter();
}

TEST_MAIN(source_error_ends_it)
