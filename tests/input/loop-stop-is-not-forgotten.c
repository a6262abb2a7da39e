/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A stop before run or dispatch ends the next one: 0 and ECANCELED, and just that one. */
#include "input.h"

static void stopped(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_loop *loop = NULL;

	EXPECT(uffd_loop_open(&loop, ctx, &o), 0);
	EXPECT(uffd_loop_stop(loop), 0);
	EXPECT(uffd_loop_dispatch(loop, -1), -ECANCELED);
	EXPECT(uffd_loop_dispatch(loop, 0), 0);
	EXPECT(uffd_loop_stop(loop), 0);
	EXPECT(uffd_loop_stop(loop), 0);
	EXPECT(uffd_loop_dispatch(loop, 0), -ECANCELED);
	EXPECT(uffd_loop_dispatch(loop, 0), 0);
	EXPECT(uffd_loop_stop(loop), 0);
	EXPECT(uffd_loop_run(loop), 0);
	EXPECT(uffd_loop_stop(loop), 0);
	EXPECT(uffd_loop_run(loop), 0);
	EXPECT(uffd_loop_dispatch(loop, 0), 0);
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(stopped)
