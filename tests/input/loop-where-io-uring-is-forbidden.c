/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Where a filter or the kernel refuses io_uring, asking for it says so and AUTO goes without. */
#include "input.h"
#include "refuse_syscall.h"

static void forbidden(void *arg)
{
	int error = *(int *)arg, first;
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = LIBUFFD_POLLER_URING};
	struct uffd_loop *loop = NO_HANDLE(struct uffd_loop);
	struct uffd_stats stats = {.size = sizeof(stats)};
	struct uffd_ctx *ctx = NULL;

	CHILD_EXPECT(uffd_ctx_open(&ctx, NULL), 0);
	first = lowest_free();
	if (refuse_syscall(SYS_io_uring_setup, error))
		_exit(1);
	CHILD_EXPECT(uffd_loop_open(&loop, ctx, &o), -error);
	CHILD_EXPECT(uffd_loop_start(&loop, ctx, &o), -error);
	CHILD_EXPECT(loop == NO_HANDLE(struct uffd_loop), 1);
	CHILD_EXPECT(lowest_free(), first);
	o.poller = LIBUFFD_POLLER_AUTO;
	CHILD_EXPECT(uffd_loop_open(&loop, ctx, &o), 0);
	CHILD_EXPECT(uffd_ctx_stats(ctx, &stats), 0);
	CHILD_EXPECT(stats.poller, LIBUFFD_POLLER_POLL);
	CHILD_EXPECT(uffd_loop_close(loop), 0);
	CHILD_EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

static void where_forbidden(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = LIBUFFD_POLLER_URING};
	struct uffd_loop *loop = NULL;
	int errors[] = {EPERM, ENOSYS, ENOMEM, ENFILE};
	int ret = uffd_loop_open(&loop, ctx, &o);

	if (ret == 0)
		EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	if (ret == -EOPNOTSUPP)
		test_skip("io_uring is not compiled in");
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		in_child(forbidden, &errors[i]);
}

TEST_MAIN(where_forbidden)
