/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A map that tells of no byte at all is an error of the source, and no endless loop. */
#include "input.h"

static int64_t read_zeros(void *user, void *buffer, uint64_t length, uint64_t offset)
{
	(void)user;
	(void)offset;
	memset(buffer, 0, (size_t)length);
	return (int64_t)length;
}

static int64_t map_nothing(void *user, uint64_t offset, uint64_t length, int *zero)
{
	(void)user;
	(void)offset;
	(void)length;
	*zero = 1;
	return 0;
}

static void nothing(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_POISON);
	struct uffd_source_ops ops = {.size = sizeof(ops), .read = read_zeros, .map = map_nothing};
	struct uffd_source *source = NULL;
	struct uffd_region *r;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	EXPECT(uffd_source_open(&source, m.length, &ops, NULL), 0);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .source = source, .max_retries = UINT32_MAX);
	uffd_source_close(source);
	alarm(10);
	EXPECT(uffd_demand(r, 0, m.length, NULL), -EHWPOISON);
	alarm(0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(nothing)
