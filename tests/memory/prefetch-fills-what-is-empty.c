/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd_prefetch() fills what is empty in extents of at most 512 KiB, does not wait for what others
 * fill, and at the callback's first error stops and leaves the rest EMPTY.
 */
#include "claims.h"

#define PAGES 600

static struct uffd_extent asked[64];
static int asked_count, fail_at = -1;

static int note(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	asked[asked_count++] = *e;
	return asked_count - 1 == fail_at ? -EIO : served_fault(r, e, user);
}

static void fills_what_is_empty(void)
{
	struct served s = {0};
	size_t done;

	if (sysconf(_SC_PAGESIZE) != 4096)
		test_skip("counts pages of 4 KiB");
	test_memory_make(&s.m, LIBUFFD_BACKING_ANON, PAGES);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx(0);
	s.region = serve_region(&s, &s.m, LIBUFFD_MISSING,
				(struct uffd_region_opts){.fault = note, .user = &s});
	claim(&s, 10, 1);
	fail_at = 2;
	ck_assert_int_eq(uffd_prefetch(s.region, 0, s.m.length), -EIO);
	ck_assert_int_eq(asked_count, 3);
	ck_assert(asked[0].offset == 0 && asked[0].length == 10 * s.m.page);
	for (int i = 1; i < 3; i++) {
		ck_assert_uint_eq(asked[i].offset,
				  i == 1 ? 11 * s.m.page : asked[1].offset + asked[1].length);
		ck_assert_uint_le(asked[i].length, 128 * s.m.page);
		ck_assert_uint_ge(asked[i].length, 100 * s.m.page);
	}
	done = asked[2].offset / s.m.page;
	for (int i = 0; i < 3; i++)
		ck_assert_uint_eq(asked[i].kind, LIBUFFD_PREFETCH);
	expect_content(&s, 0, 10);
	expect_state(&s, 10, 1, LIBUFFD_PAGE_BUSY);
	expect_content(&s, 11, done - 11);
	expect_state(&s, done, PAGES - done, LIBUFFD_PAGE_EMPTY);
	ck_assert_uint_eq(stats_of(s.ctx).source_errors, 1);
	ck_assert_uint_eq(stats_of(s.ctx).source_retries, 0);

	ck_assert_int_eq(uffd_prefetch(s.region, 0, s.m.length), 0);
	expect_content(&s, done, PAGES - done);
	expect_state(&s, 10, 1, LIBUFFD_PAGE_BUSY);
	ck_assert_int_eq(uffd_abandon(s.region, 10 * s.m.page, s.m.page), 0);
	asked_count = 0;
	ck_assert_int_eq(uffd_prefetch(s.region, 0, s.m.length), 0);
	ck_assert_int_eq(asked_count, 1);
	expect_content(&s, 0, PAGES);
	asked_count = 0;
	ck_assert_int_eq(uffd_prefetch(s.region, 0, s.m.length), 0);
	ck_assert_int_eq(asked_count, 0);

	ck_assert_int_eq(uffd_prefetch(NULL, 0, s.m.page), -EINVAL);
	ck_assert_int_eq(uffd_prefetch(s.region, 0, 0), -EINVAL);
	ck_assert_int_eq(uffd_prefetch(s.region, 8, s.m.page), -EINVAL);
	ck_assert_int_eq(uffd_prefetch(s.region, s.m.page, s.m.length), -ERANGE);
	serve_end(&s);
}
TEST_MAIN(fills_what_is_empty)
