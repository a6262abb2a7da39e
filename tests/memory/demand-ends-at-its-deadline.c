/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A deadline that passes, or has passed long ago, ends uffd_demand() with -ETIMEDOUT while somebody
 * else holds the page, and is no reason to fail where everything is there.
 */
#include "demand.h"

static const struct timespec long_ago[] = {{0, 0}, {0, 1}, {1, 0}, {-1, 0}, {-1, 999999999}};
static const struct timespec no_time[] = {{0, -1}, {1, 1000000000}, {INT64_MAX, 2000000000}};
static const struct timespec never[] = {{INT64_MAX, 0},
					{INT64_MAX / 1000000000 + 1, 0},
					{INT64_C(18446744074), 0},
					{INT64_MAX, 999999999}};

static void ends_at_its_deadline(void)
{
	struct timespec soon = in_ms(20);
	struct demander d;
	struct served s;

	claims_make(&s, LIBUFFD_BACKING_ANON, 0, 0, 0);
	claim(&s, 0, 1);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.page, &soon), -ETIMEDOUT);
	ck_assert_uint_ge(test_now(), (uint64_t)soon.tv_sec * 1000000000u + (uint64_t)soon.tv_nsec);
	for (size_t i = 0; i < sizeof(long_ago) / sizeof(long_ago[0]); i++) {
		/* In a thread: it must not sleep at all. */
		demand_start(&d, s.region, 0, s.m.page, &long_ago[i]);
		ck_assert_msg(!demand_asleep(&d), "asleep until {%lld, %ld}",
			      (long long)long_ago[i].tv_sec, long_ago[i].tv_nsec);
		ck_assert_int_eq(demand_join(&d), -ETIMEDOUT);
	}
	for (size_t i = 0; i < sizeof(no_time) / sizeof(no_time[0]); i++) {
		demand_start(&d, s.region, 0, s.m.page, &no_time[i]);
		ck_assert(!demand_asleep(&d));
		ck_assert_int_eq(demand_join(&d), -EINVAL);
	}
	/* The page was not touched by any of it. */
	expect_state(&s, 0, 1, LIBUFFD_PAGE_BUSY);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.page, 0), 0);
	for (size_t i = 0; i < sizeof(long_ago) / sizeof(long_ago[0]); i++)
		ck_assert_int_eq(uffd_demand(s.region, 0, s.m.page, &long_ago[i]), 0);
	/* What nobody fills is brought whatever the time. */
	ck_assert_int_eq(uffd_demand(s.region, s.m.page, s.m.page, &long_ago[0]), 0);

	for (size_t i = 0; i < sizeof(never) / sizeof(never[0]); i++) {
		claim(&s, 2 + i, 1);
		demand_start(&d, s.region, (2 + i) * s.m.page, s.m.page, &never[i]);
		ck_assert_msg(demand_asleep(&d), "not asleep until {%lld, %ld}",
			      (long long)never[i].tv_sec, never[i].tv_nsec);
		ck_assert_int_eq(uffd_copy(s.region, (2 + i) * s.m.page, s.content, s.m.page, 0),
				 0);
		ck_assert_int_eq(demand_join(&d), 0);
	}
	serve_end(&s);
}
TEST_MAIN(ends_at_its_deadline)
