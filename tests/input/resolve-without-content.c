/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* No content, misaligned content to be moved, an unknown flag: EINVAL, and the claim stands. */
#include "input.h"

static void without_content(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MINOR_SHMEM | UFFD_FEATURE_MOVE);
	struct uffd_region *shared, *anon;
	struct test_memory s, a, content;
	struct uffd_extent e;

	test_memory_make(&s, LIBUFFD_BACKING_SHMEM, 1);
	test_memory_make(&a, LIBUFFD_BACKING_ANON, 1);
	test_memory_make(&content, LIBUFFD_BACKING_ANON, 2);
	memset(content.at, 0x33, content.length);
	shared = REGION(ctx, &s, LIBUFFD_MISSING | LIBUFFD_MINOR, .fault = fault_never,
			.flags = LIBUFFD_REGION_FD, .fd = s.fd);
	anon = REGION(ctx, &a, LIBUFFD_MISSING, .fault = fault_never);
	EXPECT(uffd_claim(shared, 0, s.length, NULL), -EINVAL);
	EXPECT(uffd_region_page(shared, 0), LIBUFFD_PAGE_EMPTY);
	EXPECT(uffd_claim(shared, 0, s.length, &e), 0);
	EXPECT(uffd_claim(anon, 0, a.length, &e), 0);

	EXPECT(uffd_copy(shared, 0, NULL, s.length, 0), -EINVAL);
	EXPECT(uffd_populate(shared, 0, NULL, s.length, 0), -EINVAL);
	EXPECT(uffd_move(anon, 0, NULL, a.length, 0), -EINVAL);
	EXPECT(uffd_move(anon, 0, (uint8_t *)content.at + 1, a.length, 0), -EINVAL);
	EXPECT(uffd_move(anon, 0, (uint8_t *)content.at + a.page / 2, a.length, 0), -EINVAL);
	for (unsigned int bit = 1; bit < 32; bit++) {
		uint32_t flag = UINT32_C(1) << bit;

		EXPECT(uffd_copy(shared, 0, content.at, s.length, flag), -EINVAL);
		EXPECT(uffd_zero(shared, 0, s.length, flag), -EINVAL);
		EXPECT(uffd_continue(shared, 0, s.length, flag), -EINVAL);
		EXPECT(uffd_populate(shared, 0, content.at, s.length, flag), -EINVAL);
		EXPECT(uffd_move(anon, 0, content.at, a.length, flag), -EINVAL);
	}
	EXPECT(uffd_region_page(shared, 0), LIBUFFD_PAGE_BUSY);
	EXPECT(uffd_region_page(anon, 0), LIBUFFD_PAGE_BUSY);
	EXPECT(uffd_copy(shared, 0, (uint8_t *)content.at + 1, s.length, 0), 0); /* any alignment */
	EXPECT(uffd_move(anon, 0, content.at, a.length, 0), 0);
	ck_assert_uint_eq(*(volatile uint8_t *)s.at, 0x33);
	ck_assert_uint_eq(*(volatile uint8_t *)a.at, 0x33);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&s);
	test_memory_free(&a);
	test_memory_free(&content);
}

TEST_MAIN(without_content)
