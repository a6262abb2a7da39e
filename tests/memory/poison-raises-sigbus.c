/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Poisoned pages raise SIGBUS for whoever waits and for whoever comes later, and stay so. */
#include "claims.h"

static void poisons(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct toucher t;
	struct served s;

	claims_make(&s, backing, 0, 0, 0);
	if (!(uffd_ctx_features(s.ctx) & UFFD_FEATURE_POISON))
		test_skip("the kernel lacks UFFDIO_POISON");
	claim(&s, 0, n);
	wait_start(&s, &t, 1);
	ck_assert_int_eq(uffd_poison(s.region, 0, (n - 1) * s.m.page), 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	expect_state(&s, 0, n - 1, LIBUFFD_PAGE_POISONED);
	for (size_t p = 0; p < n - 1; p++) {
		touch_start(&t, served_page(&s, p), p % 2, 1);
		ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	}
	expect_silence(uffd_ctx_fd(s.ctx));
	/* The rest of the claim can have content all the same. */
	expect_state(&s, n - 1, 1, LIBUFFD_PAGE_BUSY);
	ck_assert_int_eq(uffd_copy(s.region, (n - 1) * s.m.page, s.content + (n - 1) * s.m.page,
				   s.m.page, 0),
			 0);
	expect_content(&s, n - 1, 1);
	/* Complete is complete. */
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.page, 0), -EALREADY);
	ck_assert_int_eq(uffd_claim(s.region, 0, s.m.length, &(struct uffd_extent){0}), -EALREADY);
	serve_end(&s);
}

static void poison_raises_sigbus(void)
{
	each_backing(poisons);
}
TEST_MAIN(poison_raises_sigbus)
