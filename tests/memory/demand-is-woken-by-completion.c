/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd_demand() sleeps while somebody else fills, and goes on when that is complete, in however
 * many pieces; poisoned, it says so; abandoned, it brings the content itself.
 */
#include "demand.h"

static void woken(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct demander d;
	struct served s;

	claims_make(&s, backing, 0, 0, 0);
	claim(&s, 0, n);
	demand_start(&d, s.region, 0, s.m.length, NULL);
	ck_assert(demand_asleep(&d));
	ck_assert_int_eq(
		uffd_copy(s.region, s.m.page, s.content + s.m.page, s.m.length - s.m.page, 0), 0);
	ck_assert(!atomic_load(&d.done));
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.page, 0), 0);
	ck_assert_int_eq(demand_join(&d), 0);
	expect_content(&s, 0, n);
	ck_assert_int_eq(atomic_load(&s.calls), 0);
	serve_end(&s);
}

static void told_of_poison(void)
{
	struct demander d;
	struct served s;

	claims_make(&s, LIBUFFD_BACKING_ANON, 0, 0, 0);
	if (!(uffd_ctx_features(s.ctx) & UFFD_FEATURE_POISON))
		test_skip("the kernel lacks UFFDIO_POISON");
	claim(&s, 0, 4);
	demand_start(&d, s.region, 0, 4 * s.m.page, NULL);
	ck_assert(demand_asleep(&d));
	ck_assert_int_eq(uffd_poison(s.region, 2 * s.m.page, 2 * s.m.page), 0);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, 2 * s.m.page, 0), 0);
	ck_assert_int_eq(demand_join(&d), -EHWPOISON);
	ck_assert_int_eq(uffd_demand(s.region, 0, 2 * s.m.page, NULL), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.length, NULL), -EHWPOISON);
	serve_end(&s);
}

static void abandoned(void)
{
	struct demander d;
	struct served s;

	claims_make(&s, LIBUFFD_BACKING_ANON, 0, 0, 0);
	claim(&s, 0, 4);
	demand_start(&d, s.region, 0, 4 * s.m.page, NULL);
	ck_assert(demand_asleep(&d));
	ck_assert_int_eq(uffd_abandon(s.region, 0, 4 * s.m.page), 0);
	ck_assert_int_eq(demand_join(&d), 0);
	expect_content(&s, 0, 4);
	serve_end(&s);
}

static void unmapped(void)
{
	struct demander d;
	struct served s;

	claims_make(&s, LIBUFFD_BACKING_ANON, 0, 0, 0);
	claim(&s, 0, 1);
	demand_start(&d, s.region, 0, s.m.page, NULL);
	ck_assert(demand_asleep(&d));
	ck_assert_int_eq(munmap(s.m.at, s.m.page), 0);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.page, 0), -ENOENT);
	/* Without an event the region does not know why it will never come. */
	ck_assert_int_ne(demand_join(&d), 0);
	serve_end(&s);
}

static void is_woken(void)
{
	each_backing(woken);
	told_of_poison();
	abandoned();
	unmapped();
}
TEST_MAIN(is_woken)
