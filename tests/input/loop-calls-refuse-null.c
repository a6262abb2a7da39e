/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Every function of a loop says EINVAL to none, and so does a timeout that is none. */
#include "input.h"

static void null_loop(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_loop *loop = NULL;

	EXPECT(uffd_loop_run(NULL), -EINVAL);
	EXPECT(uffd_loop_fd(NULL), -EINVAL);
	EXPECT(uffd_loop_dispatch(NULL, 0), -EINVAL);
	EXPECT(uffd_loop_timeout(NULL), -EINVAL);
	EXPECT(uffd_loop_stop(NULL), -EINVAL);
	EXPECT(uffd_loop_close(NULL), -EINVAL);
	EXPECT(uffd_loop_open(&loop, ctx, &o), 0);
	EXPECT(uffd_loop_dispatch(loop, -2), -EINVAL);
	EXPECT(uffd_loop_dispatch(loop, INT32_MIN), -EINVAL);
	EXPECT(uffd_loop_dispatch(loop, 0), 0);
	EXPECT(uffd_loop_timeout(loop), -1);
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(null_loop)
