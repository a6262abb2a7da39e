/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Closing that is to finish and cannot says why; the region goes on, and finishes when it can. */
#include "input.h"

static int answer;

static int64_t read_answer(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	(void)offset;
	memset(buffer, 0x24, (size_t)length);
	return answer < 0 ? answer : (int64_t)length;
}

static void cannot_finish(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_POISON);
	struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_answer, .free = count_free};
	struct uffd_source *source = NULL;
	struct uffd_region *r;
	struct test_memory m;
	int freed = 0;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 4);
	EXPECT(uffd_source_open(&source, m.length, &ops, &freed), 0);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .source = source);
	uffd_source_close(source);
	answer = -EIO;
	EXPECT(uffd_prefetch(r, 0, m.length), -EIO);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_FINISH), -EIO);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_FINISH), -EIO);
	ck_assert_int_eq(freed, 0);
	EXPECT(uffd_region_page(r, 0), LIBUFFD_PAGE_EMPTY);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	answer = 0;
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_FINISH), 0);
	ck_assert_int_eq(freed, 1);
	for (size_t i = 0; i < m.length; i++)
		ck_assert_uint_eq(((volatile uint8_t *)m.at)[i], 0x24);
	expect_unregistered(m.at, m.length);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(cannot_finish)
