/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A fault callback that fails for good: after max_retries more tries the waiters, and whoever comes
 * later, get SIGBUS. UINT32_MAX means no second try.
 */
#include "serve.h"

static _Atomic int calls;

static int fails(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	(void)region;
	(void)extent;
	(void)user;
	atomic_fetch_add(&calls, 1);
	return -EIO;
}

static void poisoned_after(uint32_t max_retries, int tries)
{
	struct served s;
	struct toucher t[3];

	atomic_store(&calls, 0);
	serve(&s, LIBUFFD_BACKING_ANON, 4, UFFD_FEATURE_POISON, LIBUFFD_MISSING,
	      (struct uffd_region_opts){
		      .fault = fails, .max_retries = max_retries, .retry_ns = 100000});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < 3; k++)
		touch_start(&t[k], served_page(&s, k % 2), k == 1, 1);
	for (size_t k = 0; k < 3; k++)
		ck_assert_int_eq(touch_join(&t[k]), TOUCH_SIGBUS);
	ck_assert_int_eq(atomic_load(&calls), tries);
	serve_settled(&s);
	for (size_t k = 0; k < 4; k++) {
		ck_assert_uint_eq(page_state(&s, k), LIBUFFD_PAGE_POISONED);
		touch_start(&t[0], served_page(&s, k), false, 0);
		ck_assert_int_eq(touch_join(&t[0]), TOUCH_SIGBUS);
	}
	ck_assert_int_eq(atomic_load(&calls), tries);
	ck_assert_uint_eq(stats_of(s.ctx).pages_poisoned, 4);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.page, NULL), -EHWPOISON);
	serve_end(&s);
}

static void callback_error_poisons_after_all_retries(void)
{
	poisoned_after(2, 3);
	poisoned_after(UINT32_MAX, 1);
}

TEST_MAIN(callback_error_poisons_after_all_retries)
