/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A callback cannot end the loop that called it: EDEADLK, and the loop goes on. */
#include "input.h"

static struct uffd_loop *loop;
static int closed = 1, again = 1;

static int fault(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	(void)user;
	if (e->offset == 0) {
		closed = uffd_loop_close(loop);
		again = uffd_loop_dispatch(loop, 0);
	}
	return uffd_zero(r, e->offset, e->length, 0);
}

static void own_callback(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct test_memory m;
	struct toucher t;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 3);
	REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault, .fault_around = m.page);
	EXPECT(uffd_loop_open(&loop, ctx, &o), 0);
	touch_start(&t, m.at, false, 0);
	while (closed == 1)
		ck_assert_int_ge(uffd_loop_dispatch(loop, SETTLE_MS), 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	EXPECT(closed, -EDEADLK);
	EXPECT(again, -EBUSY);
	EXPECT(uffd_loop_close(loop), 0);

	/* The same in a thread of the loop's own. */
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	ctx = ctx_make(0, 0);
	munmap(m.at, m.length);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 3);
	REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault, .fault_around = m.page);
	EXPECT(uffd_loop_start(&loop, ctx, &o), 0);
	touch_start(&t, m.at, false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	EXPECT(closed, -EDEADLK);
	touch_start(&t, (uint8_t *)m.at + m.page, false, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

TEST_MAIN(own_callback)
