/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Moving is refused, and the claim stands: onto memory that is not anonymous (the kernel advertises
 * it on shared memory, falsely), without the feature, and from an address between two pages.
 */
#include "claims.h"

static void wrong_memory(uint32_t backing)
{
	struct served s;

	if (backing == LIBUFFD_BACKING_ANON)
		return;
	claims_make(&s, backing, 0, 0, 0);
	claim(&s, 0, 1);
	ck_assert_int_eq(uffd_move(s.region, 0, s.content, s.m.page, 0), -EOPNOTSUPP);
	expect_state(&s, 0, 1, LIBUFFD_PAGE_BUSY);
	ck_assert_int_eq(uffd_abandon(s.region, 0, s.m.page), 0);
	serve_end(&s);
}

static void without_the_feature(void)
{
	struct served s = {0};
	int fd = test_uffd(0);

	test_memory_make(&s.m, LIBUFFD_BACKING_ANON, 1);
	s.content = content_make(s.m.length);
	ck_assert_int_eq(uffd_ctx_adopt(&s.ctx, fd, 0, NULL), 0);
	claims_add(&s, LIBUFFD_MISSING, 0);
	claim(&s, 0, 1);
	ck_assert_int_eq(uffd_move(s.region, 0, s.content, s.m.page, 0), -EOPNOTSUPP);
	expect_state(&s, 0, 1, LIBUFFD_PAGE_BUSY);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.page, 0), 0);
	expect_content(&s, 0, 1);
	serve_end(&s);
}

static void misaligned(void)
{
	struct served s;

	claims_make(&s, LIBUFFD_BACKING_ANON, 0, 0, 0);
	if (!(uffd_ctx_features(s.ctx) & UFFD_FEATURE_MOVE))
		test_skip("the kernel lacks UFFDIO_MOVE");
	claim(&s, 0, 1);
	ck_assert_int_eq(uffd_move(s.region, 0, s.content + 8, s.m.page, 0), -EINVAL);
	ck_assert_int_eq(uffd_move(s.region, 0, NULL, s.m.page, 0), -EINVAL);
	expect_state(&s, 0, 1, LIBUFFD_PAGE_BUSY);
	ck_assert_int_eq(uffd_move(s.region, 0, s.content, s.m.page, 0), 0);
	serve_end(&s);
}

static void refused(void)
{
	each_backing(wrong_memory);
	without_the_feature();
	misaligned();
}
TEST_MAIN(refused)
