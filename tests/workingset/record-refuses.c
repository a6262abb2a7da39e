/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What the calls of a working set refuse, each with its own error and *set left alone. */
#include "wsets.h"

#define PAGES 4u

static struct counted c;

static void record_refuses(void)
{
	struct {
		struct uffd_workingset_opts opts;
		uint64_t more;
	} longer = {{.size = sizeof(longer)}, 0};
	struct uffd_workingset_opts opts = {.size = sizeof(opts)};
	struct uffd_workingset *none = (void *)&c, *set = none;
	struct uffd_workingset_info info = {.size = sizeof(info)};
	struct uffd_workingset_entry e;
	struct served s, t;

	serve_from(&s, counted_open(&c, PAGES * UINT64_C(4096)), LIBUFFD_BACKING_ANON, PAGES, 0,
		   LIBUFFD_MISSING);
	serve(&t, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING, (struct uffd_region_opts){0});
	ck_assert_int_eq(uffd_workingset_record(NULL, s.region, NULL), -EINVAL);
	ck_assert_int_eq(uffd_workingset_record(&set, NULL, NULL), -EINVAL);
	ck_assert_int_eq(uffd_workingset_record(&set, t.region, NULL), -EOPNOTSUPP);
	opts.flags = UINT32_C(1) << 2;
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, &opts), -EINVAL);
	opts.flags = 0;
	opts.reserved = 1;
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, &opts), -EINVAL);
	opts.reserved = 0;
	opts.size = 4;
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, &opts), -EINVAL);
	longer.more = 1;
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, &longer.opts), -E2BIG);
	ck_assert_ptr_eq(set, none);
	longer.more = 0;
	ck_assert_int_eq(uffd_workingset_record(&set, s.region, &longer.opts), 0);

	ck_assert_int_eq(uffd_workingset_stop(NULL), -EINVAL);
	ck_assert_int_eq(uffd_workingset_info(NULL, &info), -EINVAL);
	ck_assert_int_eq(uffd_workingset_info(set, NULL), -EINVAL);
	info.size = 0;
	ck_assert_int_eq(uffd_workingset_info(set, &info), -EINVAL);
	info.size = sizeof(info) + 8;
	ck_assert_int_eq(uffd_workingset_info(set, &info), -E2BIG);
	/* An older caller's is filled as far as it goes. */
	info = (struct uffd_workingset_info){.size = 16, .page_size = 77};
	ck_assert_int_eq(uffd_workingset_info(set, &info), 0);
	ck_assert_uint_eq(info.region_length, s.m.length);
	ck_assert_uint_eq(info.page_size, 77);
	ck_assert_int_eq(uffd_workingset_entries(NULL, 0, &e, 1), -EINVAL);
	ck_assert_int_eq(uffd_workingset_entries(set, 0, NULL, 1), -EINVAL);
	ck_assert_int_eq(uffd_workingset_entries(set, 0, &e, 0), 0);
	ck_assert_int_eq(uffd_workingset_entries(set, 0, &e, 1), 0);
	ck_assert_int_eq(uffd_workingset_entries(set, UINT64_MAX, &e, UINT64_MAX), 0);
	ck_assert_int_eq(uffd_workingset_stop(set), 0);
	ck_assert_int_eq(uffd_workingset_save(NULL, "/tmp/no", 0), -EINVAL);
	ck_assert_int_eq(uffd_workingset_save(set, NULL, 0), -EINVAL);
	ck_assert_int_eq(uffd_workingset_save(set, "/tmp/no", 2), -EINVAL);
	uffd_workingset_close(set);
	uffd_workingset_close(NULL);
	set = none;
	ck_assert_int_eq(uffd_workingset_load(NULL, "/tmp/no", s.region), -EINVAL);
	ck_assert_int_eq(uffd_workingset_load(&set, NULL, s.region), -EINVAL);
	ck_assert_ptr_eq(set, none);
	serve_end(&t);
	serve_end(&s);
}

TEST_MAIN(record_refuses)
