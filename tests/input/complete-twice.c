/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A page completed before is EALREADY, whatever completes it again, and keeps its content. */
#include "input.h"

static void expect_already(struct uffd_region *r, uint64_t offset, uint64_t length, void *content)
{
	EXPECT(uffd_copy(r, offset, content, length, 0), -EALREADY);
	EXPECT(uffd_zero(r, offset, length, 0), -EALREADY);
	EXPECT(uffd_move(r, offset, content, length, 0), -EALREADY);
	EXPECT(uffd_poison(r, offset, length), -EALREADY);
	EXPECT(uffd_abandon(r, offset, length), -EALREADY);
}

static void twice(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_POISON | UFFD_FEATURE_MOVE);
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m, content;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 4);
	test_memory_make(&content, LIBUFFD_BACKING_ANON, 4);
	memset(content.at, 0x11, content.length);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never);
	EXPECT(uffd_claim(r, 0, m.length, &e), 0);
	ck_assert_uint_eq(e.length, m.length);
	EXPECT(uffd_copy(r, 0, content.at, 2 * m.page, 0), 0);
	EXPECT(uffd_poison(r, 2 * m.page, m.page), 0);
	memset(content.at, 0x22, content.length);
	expect_already(r, 0, 2 * m.page, content.at);
	expect_already(r, m.page, m.page, content.at);
	expect_already(r, 2 * m.page, m.page, content.at); /* poisoned is complete, too */
	/* One complete page among claimed ones: nothing is done. */
	expect_already(r, m.page, 3 * m.page, content.at);
	EXPECT(uffd_region_page(r, 3 * m.page), LIBUFFD_PAGE_BUSY);
	EXPECT(uffd_region_page(r, 2 * m.page), LIBUFFD_PAGE_POISONED);
	for (size_t i = 0; i < 2 * m.page; i++)
		ck_assert_uint_eq(((volatile uint8_t *)m.at)[i], 0x11);
	EXPECT(uffd_copy(r, 3 * m.page, content.at, m.page, 0), 0);
	ck_assert_uint_eq(((volatile uint8_t *)m.at)[3 * m.page], 0x22);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
	test_memory_free(&content);
}

TEST_MAIN(twice)
