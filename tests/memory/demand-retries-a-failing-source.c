/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Without a loop it is the demanding thread itself that tries again what its callback could not
 * bring: until it comes, until all tries are used up and it is poisoned, or, held, until its time.
 */
#include "demand.h"

static int failures; /* still to come */

static int fail_first(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	if (failures > 0) {
		failures--;
		return -EIO;
	}
	return served_fault(r, e, user);
}

static void begin(struct served *s, uint32_t on_error, uint32_t max_retries)
{
	memset(s, 0, sizeof(*s));
	test_memory_make(&s->m, LIBUFFD_BACKING_ANON, 8);
	s->content = content_make(s->m.length);
	s->ctx = serve_ctx(UFFD_FEATURE_POISON);
	s->region = serve_region(s, &s->m, LIBUFFD_MISSING,
				 (struct uffd_region_opts){.fault = fail_first,
							   .user = s,
							   .on_error = on_error,
							   .max_retries = max_retries,
							   .retry_ns = 100000});
}

static void retries(void)
{
	struct timespec soon;
	struct uffd_stats stats;
	struct demander d;
	struct served s;

	begin(&s, LIBUFFD_ON_ERROR_POISON, 3);
	failures = 3;
	ck_assert_int_eq(uffd_demand(s.region, 0, 2 * s.m.page, NULL), 0);
	expect_content(&s, 0, 2);
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.source_errors, 3);
	ck_assert_uint_eq(stats.source_retries, 3);
	ck_assert_uint_eq(stats.pages_demand, 2);

	failures = 4;
	ck_assert_int_eq(uffd_demand(s.region, 2 * s.m.page, 2 * s.m.page, NULL), -EHWPOISON);
	expect_state(&s, 2, 2, LIBUFFD_PAGE_POISONED);
	ck_assert_int_eq(failures, 0);
	ck_assert_uint_eq(stats_of(s.ctx).pages_poisoned, 2);
	serve_end(&s);

	begin(&s, LIBUFFD_ON_ERROR_HOLD, UINT32_MAX);
	failures = 1;
	soon = in_ms(5);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.page, &soon), -ETIMEDOUT);
	expect_state(&s, 0, 1, LIBUFFD_PAGE_BUSY);
	/* The next one meets it held, and is served once it is resumed. */
	demand_start(&d, s.region, 0, s.m.page, NULL);
	ck_assert(demand_asleep(&d));
	ck_assert_int_eq(uffd_region_resume(s.region), 1);
	ck_assert_int_eq(demand_join(&d), 0);
	expect_content(&s, 0, 1);
	ck_assert_int_eq(uffd_region_resume(s.region), 0);
	ck_assert_int_eq(uffd_region_resume(NULL), -EINVAL);
	serve_end(&s);
}
TEST_MAIN(retries)
