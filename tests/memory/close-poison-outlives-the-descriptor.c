/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Closed with POISON, pages whose content never came raise SIGBUS when the descriptor is long gone;
 * what was filled keeps its content and what was thrown away is zeros.
 */
#include "claims.h"

static void outlives(uint32_t backing)
{
	size_t n = claim_pages(backing);
	struct toucher t;
	struct served s;

	for (int whole = 0; whole < 2; whole++) {
		claims_make(&s, backing, LIBUFFD_CTX_DISCARDS, 0, 0);
		if (!(uffd_ctx_features(s.ctx) & UFFD_FEATURE_POISON))
			test_skip("the kernel lacks UFFDIO_POISON");
		claim(&s, 1, 1);
		ck_assert_int_eq(uffd_copy(s.region, s.m.page, s.content + s.m.page, s.m.page, 0),
				 0);
		ck_assert_int_eq(uffd_discard(s.region, 2 * s.m.page, s.m.page), 0);
		touch_start(&t, served_page(&s, 0), false, 0);
		ck_assert(touch_asleep(&t));
		if (!whole)
			ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_POISON), 0);
		ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_POISON), 0);
		ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
		ck_assert(content_is(served_page(&s, 1), s.m.page, s.m.page));
		ck_assert(all_zero(served_page(&s, 2), s.m.page));
		for (size_t p = 0; p < n; p++) {
			if (p == 1 || p == 2)
				continue;
			touch_start(&t, served_page(&s, p), p % 2, 1);
			ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
		}
		munmap(s.content, s.m.length);
		test_memory_free(&s.m);
	}
}

/* Poisoned one by one before: just as lasting. */
static void one_by_one(uint32_t backing)
{
	struct toucher t;
	struct served s;

	claims_make(&s, backing, 0, 0, 0);
	claim(&s, 1, 1);
	ck_assert_int_eq(uffd_poison(s.region, s.m.page, s.m.page), 0);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_DROP), 0);
	touch_start(&t, served_page(&s, 1), false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_SIGBUS);
	ck_assert(all_zero(served_page(&s, 0), s.m.page));
	munmap(s.content, s.m.length);
	test_memory_free(&s.m);
}

static void without_the_feature(void)
{
	struct served s = {0};

	test_memory_make(&s.m, LIBUFFD_BACKING_ANON, 2);
	s.content = content_make(s.m.length);
	ck_assert_int_eq(uffd_ctx_adopt(&s.ctx, test_uffd(0), 0, NULL), 0);
	claims_add(&s, LIBUFFD_MISSING, 0);
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_POISON), -EOPNOTSUPP);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_POISON), -EOPNOTSUPP);
	claim(&s, 0, 2);
	ck_assert_int_eq(uffd_poison(s.region, 0, s.m.page), -EOPNOTSUPP);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.length, 0), 0);
	serve_end(&s);
}

static void outlives_the_descriptor(void)
{
	each_backing(outlives);
	each_backing(one_by_one);
	without_the_feature();
}
TEST_MAIN(outlives_the_descriptor)
