/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* While one thread dispatches, another one can neither dispatch nor close: EBUSY. */
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

static void *run(void *loop)
{
	return (void *)(intptr_t)uffd_loop_run(loop);
}

static void two_threads(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_loop *loop = NULL;
	struct test_memory m;
	struct toucher t;
	pthread_t thread;
	void *ended = NULL;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	REGION(ctx, &m, LIBUFFD_MISSING, .fault = hold);
	EXPECT(uffd_loop_open(&loop, ctx, &o), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, run, loop), 0);
	touch_start(&t, m.at, false, 0);
	while (!atomic_load(&inside))
		sched_yield();
	EXPECT(uffd_loop_run(loop), -EBUSY);
	EXPECT(uffd_loop_dispatch(loop, 0), -EBUSY);
	EXPECT(uffd_loop_close(loop), -EBUSY);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), -EBUSY);
	EXPECT(uffd_loop_stop(loop), 0);
	atomic_store(&leave, 1);
	pthread_join(thread, &ended);
	EXPECT((intptr_t)ended, 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(two_threads)
