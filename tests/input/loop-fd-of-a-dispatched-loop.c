/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A loop that another thread dispatches gives its descriptor to nobody. */
#include "input.h"

static _Atomic int inside, leave;

static int hold(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	(void)user;
	atomic_store(&inside, 1);
	while (!atomic_load(&leave))
		sched_yield();
	return uffd_zero(r, e->offset, e->length, 0);
}

static void dispatched(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_loop *loop = NULL;
	struct test_memory m;
	struct toucher t;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	REGION(ctx, &m, LIBUFFD_MISSING, .fault = hold);
	EXPECT(uffd_loop_start(&loop, ctx, &o), 0);
	touch_start(&t, m.at, false, 0);
	while (!atomic_load(&inside))
		sched_yield();
	EXPECT(uffd_loop_fd(loop), -EBUSY);
	EXPECT(uffd_loop_run(loop), -EBUSY);
	atomic_store(&leave, 1);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(dispatched)
