/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd_demand() asks the callback for what is empty, in the thread that calls it and in extents of
 * kind DEMAND, and returns when all of it is there; what was there is not asked for.
 */
#include "claims.h"

static pthread_t asked_by;
static struct uffd_extent asked[64];
static int asked_count;

static int note(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	asked_by = pthread_self();
	asked[asked_count++] = *e;
	return served_fault(r, e, user);
}

static void fills(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct served s = {0};

	test_memory_make(&s.m, backing, n);
	s.content = content_make(s.m.length);
	s.ctx = serve_ctx(0);
	s.region = serve_region(&s, &s.m, fill_modes(backing),
				(struct uffd_region_opts){.fault = note, .user = &s});
	claim(&s, 1, 1);
	ck_assert_int_eq(uffd_zero(s.region, s.m.page, s.m.page, 0), 0);
	asked_count = 0;
	ck_assert_int_eq(uffd_demand(s.region, 0, 3 * s.m.page, NULL), 0);
	ck_assert_int_eq(asked_count, 2);
	ck_assert(pthread_equal(asked_by, pthread_self()));
	for (int i = 0; i < 2; i++) {
		ck_assert_uint_eq(asked[i].offset, (i ? 2 : 0) * s.m.page);
		ck_assert_uint_eq(asked[i].length, s.m.page);
		ck_assert_uint_eq(asked[i].fault_offset, asked[i].offset);
		ck_assert_uint_eq(asked[i].kind, LIBUFFD_DEMAND);
		ck_assert_uint_eq(asked[i].flags, 0);
	}
	expect_content(&s, 0, 1);
	expect_zeros(&s, 1, 1);
	expect_content(&s, 2, 1);
	ck_assert_uint_eq(stats_of(s.ctx).pages_demand, 2);
	ck_assert_uint_eq(stats_of(s.ctx).pages_prefetch, 1);
	ck_assert_int_eq(uffd_demand(s.region, 0, 3 * s.m.page, NULL), 0);
	ck_assert_int_eq(asked_count, 2);
	/* All of it, in extents of no more than 512 KiB or a page. */
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), 0);
	expect_content(&s, 2, n - 2);
	for (int i = 0; i < asked_count; i++)
		ck_assert_uint_le(asked[i].length, s.m.page > 524288 ? s.m.page : 524288);

	ck_assert_int_eq(uffd_demand(NULL, 0, s.m.page, NULL), -EINVAL);
	ck_assert_int_eq(uffd_demand(s.region, 1, s.m.page, NULL), -EINVAL);
	ck_assert_int_eq(uffd_demand(s.region, 0, 0, NULL), -EINVAL);
	ck_assert_int_eq(uffd_demand(s.region, s.m.length, s.m.page, NULL), -ERANGE);
	serve_end(&s);
}

static void in_this_thread(void)
{
	each_backing(fills);
}
TEST_MAIN(in_this_thread)
