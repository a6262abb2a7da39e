/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Closing with pages unfilled, a claim outstanding or a loop attached is EBUSY, and afterwards
 * everything works as before.
 */
#include "input.h"

static int fill(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	uint8_t content[4 * 4096];

	(void)user;
	memset(content, 0x42, sizeof(content));
	return uffd_copy(r, e->offset, content, e->length, 0);
}

static void expect_refusal(struct uffd_ctx *ctx, struct uffd_region *r, uint32_t how)
{
	int freed = *(int *)uffd_region_user(r);

	EXPECT(uffd_region_remove(r, how), -EBUSY);
	EXPECT(uffd_ctx_close(ctx, how), -EBUSY);
	ck_assert_int_eq(*(int *)uffd_region_user(r), freed);
	ck_assert_ptr_eq(uffd_region_lookup(ctx, uffd_region_address(r, 0), NULL), r);
}

static void refused(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_POISON);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_loop *loop = NULL;
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m;
	struct toucher t;
	int freed = 0, fd = 77;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 4);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fill, .fault_around = m.page, .user = &freed,
		   .user_free = count_free);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP + 1), -EINVAL);
	EXPECT(uffd_region_remove(r, UINT32_MAX), -EINVAL);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP + 1), -EINVAL);
	EXPECT(uffd_ctx_close(ctx, UINT32_MAX), -EINVAL);

	expect_refusal(ctx, r, LIBUFFD_CLOSE_REFUSE); /* pages unfilled */
	EXPECT(uffd_claim(r, 3 * m.page, m.page, &e), 0);
	expect_refusal(ctx, r, LIBUFFD_CLOSE_REFUSE);
	expect_refusal(ctx, r, LIBUFFD_CLOSE_DROP);
	expect_refusal(ctx, r, LIBUFFD_CLOSE_POISON);
	EXPECT(uffd_ctx_release(ctx, &fd), -EBUSY);
	ck_assert_int_eq(fd, 77);
	for (uint64_t page = 0; page < 4; page++)
		EXPECT(uffd_region_page(r, page * m.page),
		       page < 3 ? LIBUFFD_PAGE_EMPTY : LIBUFFD_PAGE_BUSY);

	EXPECT(uffd_loop_start(&loop, ctx, &o), 0);
	touch_start(&t, m.at, false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(t.value, 0x42);
	EXPECT(uffd_abandon(r, e.offset, e.length), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), -EBUSY); /* the loop */
	EXPECT(uffd_ctx_release(ctx, &fd), -EBUSY);
	touch_start(&t, (uint8_t *)m.at + 3 * m.page, false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(t.value, 0x42);
	EXPECT(uffd_loop_close(loop), 0);
	ck_assert_int_eq(freed, 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_FINISH), 0);
	ck_assert_int_eq(freed, 1);
	for (size_t i = 0; i < m.length; i++)
		ck_assert_uint_eq(((volatile uint8_t *)m.at)[i], 0x42);
	test_memory_free(&m);
}

TEST_MAIN(refused)
