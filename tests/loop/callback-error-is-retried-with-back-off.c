/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A fault callback that fails is called again for the same extent, later each time, and the waiter
 * gets the content when it comes at last.
 */
#include "serve.h"

#define FAILURES 4
#define FIRST_NS UINT64_C(2000000)

static struct served s;
static uint64_t when[FAILURES + 1];
static uint64_t length[FAILURES + 1];
static _Atomic int calls;

static int fails(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	int n = atomic_load(&calls);

	if (n > FAILURES)
		return -EINVAL;
	when[n] = test_now();
	length[n] = extent->length;
	atomic_store(&calls, n + 1);
	return n < FAILURES ? -EIO : served_fault(region, extent, user);
}

static void callback_error_is_retried_with_back_off(void)
{
	struct uffd_stats stats;

	serve(&s, LIBUFFD_BACKING_ANON, 4, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = fails, .retry_ns = FIRST_NS});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t k = 0; k < 4; k++)
		ck_assert(served_right(&s, k));
	serve_settled(&s);
	ck_assert_int_eq(atomic_load(&calls), FAILURES + 1);
	for (int n = 1; n <= FAILURES; n++) {
		ck_assert_uint_ge(when[n] - when[n - 1], FIRST_NS << (n - 1));
		ck_assert_uint_eq(length[n], s.m.length);
	}
	stats = stats_of(s.ctx);
	ck_assert_uint_eq(stats.source_errors, FAILURES);
	ck_assert_uint_eq(stats.source_retries, FAILURES);
	serve_end(&s);
}

TEST_MAIN(callback_error_is_retried_with_back_off)
