/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A second loop is EBUSY, however the first one runs, and leaves it alone. */
#include "input.h"

static int zero(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	(void)user;
	return uffd_zero(r, e->offset, e->length, 0);
}

static void second_loop(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_loop *loop = NULL, *second = NO_HANDLE(struct uffd_loop);
	struct test_memory m;
	struct uffd_stats stats = {.size = sizeof(stats)};
	int first = lowest_free();
	uint64_t poller;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	REGION(ctx, &m, LIBUFFD_MISSING, .fault = zero);
	EXPECT(uffd_loop_open(&loop, ctx, &o), 0);
	EXPECT(uffd_loop_open(&second, ctx, &o), -EBUSY);
	EXPECT(uffd_loop_start(&second, ctx, &o), -EBUSY);
	EXPECT(uffd_loop_close(loop), 0);
	ck_assert_int_eq(lowest_free(), first);

	EXPECT(uffd_loop_start(&loop, ctx, &o), 0);
	EXPECT(uffd_ctx_stats(ctx, &stats), 0);
	poller = stats.poller;
	EXPECT(uffd_loop_open(&second, ctx, &o), -EBUSY);
	EXPECT(uffd_loop_start(&second, ctx, &o), -EBUSY);
	ck_assert_ptr_eq(second, NO_HANDLE(struct uffd_loop));
	EXPECT(uffd_ctx_stats(ctx, &stats), 0);
	ck_assert_uint_eq(stats.poller, poller);
	ck_assert_uint_eq(*(volatile uint8_t *)m.at, 0); /* the first one still serves */
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_loop_start(&loop, ctx, &o), 0);
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(second_loop)
