/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A region has one recording at a time; when that has ended, another; two regions have two. */
#include "wsets.h"

#define PAGES 32u

static struct counted c;

static void one_recording_at_a_time(void)
{
	struct uffd_workingset *none = (void *)&c, *set, *second = none, *other;
	struct uffd_source *source = counted_open(&c, PAGES * UINT64_C(4096));
	struct test_memory m;
	struct served s, t;

	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.source = source});
	test_memory_make(&m, LIBUFFD_BACKING_ANON, PAGES);
	t = s;
	t.m = m;
	t.region =
		serve_region(&t, &m, LIBUFFD_MISSING, (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);

	set = record(&s, 0);
	ck_assert_int_eq(uffd_workingset_record(&second, s.region, NULL), -EBUSY);
	ck_assert_ptr_eq(second, none);
	other = record(&t, 0);
	ck_assert(served_right(&s, 1));
	ck_assert(served_right(&t, 2));
	ck_assert(served_right(&t, 3));
	serve_settled(&s);
	serve_settled(&t);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_int_eq(uffd_workingset_stop(set), 0); /* it has ended */
	second = record(&s, 0);
	ck_assert(served_right(&s, 4));
	ck_assert(served_right(&s, 5));
	ck_assert(served_right(&s, 6));
	serve_settled(&s);
	/* The first does not end the second. */
	uffd_workingset_close(set);
	ck_assert(served_right(&s, 7));
	serve_settled(&s);
	ck_assert_uint_eq(info_of(second).entries, 4);
	ck_assert_uint_eq(info_of(other).entries, 2);
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), -EBUSY);
	uffd_workingset_close(second);
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, NULL), 0);
	uffd_workingset_close(set);
	uffd_workingset_close(other);
	serve_end(&s);
	test_memory_free(&m);
}

TEST_MAIN(one_recording_at_a_time)
