/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A region with pages that would silently become zeros is not removed, nor its context closed, and
 * goes on as before; pages that are complete, poisoned or thrown away are no reason to refuse.
 */
#include "claims.h"

static void refuses(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct served s;

	claims_make(&s, backing, LIBUFFD_CTX_DISCARDS, 0, 0);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	claim(&s, 0, n - 1);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, (n - 3) * s.m.page, 0), 0);
	if (uffd_ctx_features(s.ctx) & UFFD_FEATURE_POISON)
		ck_assert_int_eq(uffd_poison(s.region, (n - 3) * s.m.page, s.m.page), 0);
	else
		ck_assert_int_eq(uffd_zero(s.region, (n - 3) * s.m.page, s.m.page, 0), 0);
	ck_assert_int_eq(uffd_abandon(s.region, (n - 2) * s.m.page, s.m.page), 0);
	ck_assert_int_eq(uffd_discard(s.region, (n - 2) * s.m.page, s.m.page), 0);
	/* One page is left. */
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	ck_assert_ptr_eq(uffd_region_lookup(s.ctx, s.m.at, NULL), s.region);
	claim(&s, n - 1, 1);
	ck_assert_int_eq(uffd_copy(s.region, (n - 1) * s.m.page, s.content + (n - 1) * s.m.page,
				   s.m.page, 0),
			 0);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	expect_content(&s, 0, n - 3);
	expect_content(&s, n - 1, 1);
	munmap(s.content, s.m.length);
	test_memory_free(&s.m);
}

static void refuses_unfilled(void)
{
	each_backing(refuses);
	ck_assert_int_eq(uffd_ctx_close(NULL, LIBUFFD_CLOSE_DROP), -EINVAL);
	ck_assert_int_eq(uffd_region_remove(NULL, LIBUFFD_CLOSE_DROP), -EINVAL);
}
TEST_MAIN(refuses_unfilled)
