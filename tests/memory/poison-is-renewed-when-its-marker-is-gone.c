/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A poisoned page whose marker left the page table (MADV_DONTNEED) raises SIGBUS again, for every
 * thread that asks; after an announced discard it is zeros instead.
 */
#include "claims.h"

static void renewed(uint32_t backing)
{
	struct toucher t;
	struct served s;

	claims_make(&s, backing, LIBUFFD_CTX_DISCARDS, 0, 0);
	if (!(uffd_ctx_features(s.ctx) & UFFD_FEATURE_POISON))
		test_skip("the kernel lacks UFFDIO_POISON");
	claim(&s, 0, 2);
	ck_assert_int_eq(uffd_poison(s.region, 0, 2 * s.m.page), 0);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(madvise(s.m.at, s.m.page, MADV_DONTNEED), 0);
		touch_start(&t, s.m.at, i, 1);
		/* Shared memory keeps its markers; then there is no message. */
		if (touch_asleep(&t))
			answer(&s);
		ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
		expect_state(&s, 0, 1, LIBUFFD_PAGE_POISONED);
	}
	serve_end(&s);
}

static void zeros_after_a_discard(uint32_t backing)
{
	struct toucher t;
	struct served s;

	if (is_shared(backing))
		return;
	claims_make(&s, backing, LIBUFFD_CTX_DISCARDS, 0, 0);
	claim(&s, 0, 1);
	ck_assert_int_eq(uffd_poison(s.region, 0, s.m.page), 0);
	ck_assert_int_eq(uffd_discard(s.region, 0, s.m.page), 0);
	ck_assert_int_eq(madvise(s.m.at, s.m.page, MADV_DONTNEED), 0);
	touch_start(&t, s.m.at, false, 0);
	answer(&s);
	wait_end(&t, 0);
	expect_zeros(&s, 0, 1);
	ck_assert_int_eq(atomic_load(&s.calls), 0);
	serve_end(&s);
}

static void is_renewed(void)
{
	each_backing(renewed);
	each_backing(zeros_after_a_discard);
}
TEST_MAIN(is_renewed)
