/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A source that ends before the region's last page is ERANGE, is not kept, and is freed once.
 * Within the last page it may end.
 */
#include "input.h"

static int64_t read_never(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	(void)buffer;
	(void)length;
	(void)offset;
	return -EIO;
}

#define REFUSES(first)                                                                             \
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING, -ERANGE, .source = source,            \
		       .source_offset = (first))

static void too_short(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_never, .free = count_free};
	struct uffd_source *source = NULL;
	struct uffd_region *r;
	struct test_memory m;
	int freed = 0;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 4);
	EXPECT(uffd_source_open(&source, m.length + 10, &ops, &freed), 0);
	REFUSES(10 + m.page);
	REFUSES(10 + 2 * m.page);
	REFUSES(m.length);
	REFUSES(m.length + 10);
	REFUSES(m.length + 11);
	REFUSES(UINT64_MAX);
	REFUSES(UINT64_MAX - m.length + 1); /* the sum wraps */
	expect_unregistered(m.at, m.length);
	ck_assert_int_eq(freed, 0);

	r = REGION(ctx, &m, LIBUFFD_MISSING, .source = source, .source_offset = 10 + m.page - 1);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
	ck_assert_int_eq(freed, 0);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .source = source, .source_offset = 10);
	uffd_source_close(source);
	ck_assert_int_eq(freed, 0);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
	ck_assert_int_eq(freed, 1);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(too_short)
