/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What uffd_loop_* refuse, and that nothing is left behind. */
#include "serve.h"

static void loop_bad_arguments(void)
{
	struct uffd_loop_opts opts = serve_loop_opts();
	struct uffd_loop *loop = NULL;
	struct uffd_ctx *ctx = serve_ctx(0);
	struct {
		struct uffd_loop_opts opts;
		uint64_t later;
	} longer = {.opts = opts};

	ck_assert_int_eq(uffd_loop_open(NULL, ctx, &opts), -EINVAL);
	ck_assert_int_eq(uffd_loop_open(&loop, NULL, &opts), -EINVAL);
	ck_assert_int_eq(uffd_loop_start(NULL, ctx, &opts), -EINVAL);
	opts.flags = 1;
	ck_assert_int_eq(uffd_loop_open(&loop, ctx, &opts), -EINVAL);
	opts = serve_loop_opts();
	opts.poller = 3;
	ck_assert_int_eq(uffd_loop_open(&loop, ctx, &opts), -EINVAL);
	opts = serve_loop_opts();
	opts.spin_ns = -2;
	ck_assert_int_eq(uffd_loop_open(&loop, ctx, &opts), -EINVAL);
	opts = serve_loop_opts();
	opts.size = 8;
	ck_assert_int_eq(uffd_loop_open(&loop, ctx, &opts), -EINVAL);
	longer.opts.size = sizeof(longer);
	longer.later = 1;
	ck_assert_int_eq(uffd_loop_open(&loop, ctx, &longer.opts), -E2BIG);
	ck_assert_ptr_null(loop);
	longer.later = 0;
	serve_loop_made(uffd_loop_open(&loop, ctx, &longer.opts));
	ck_assert_int_eq(uffd_loop_dispatch(loop, -2), -EINVAL);
	ck_assert_int_eq(uffd_loop_close(loop), 0);

	ck_assert_int_eq(uffd_loop_run(NULL), -EINVAL);
	ck_assert_int_eq(uffd_loop_dispatch(NULL, 0), -EINVAL);
	ck_assert_int_eq(uffd_loop_fd(NULL), -EINVAL);
	ck_assert_int_eq(uffd_loop_timeout(NULL), -EINVAL);
	ck_assert_int_eq(uffd_loop_stop(NULL), -EINVAL);
	ck_assert_int_eq(uffd_loop_close(NULL), -EINVAL);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(loop_bad_arguments)
