/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A library built without io_uring says EOPNOTSUPP to who asks for it, and AUTO goes without. */
#include "input.h"

static void without(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = LIBUFFD_POLLER_URING};
	struct uffd_stats stats = {.size = sizeof(stats)};
	struct uffd_loop *loop = NO_HANDLE(struct uffd_loop);
	int ret = uffd_loop_open(&loop, ctx, &o);

	if (ret != -EOPNOTSUPP) {
		if (ret == 0)
			uffd_loop_close(loop);
		EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
		test_skip("io_uring is compiled in");
	}
	EXPECT(uffd_loop_start(&loop, ctx, &o), -EOPNOTSUPP);
	ck_assert_ptr_eq(loop, NO_HANDLE(struct uffd_loop));
	o.poller = LIBUFFD_POLLER_AUTO;
	EXPECT(uffd_loop_open(&loop, ctx, &o), 0);
	EXPECT(uffd_ctx_stats(ctx, &stats), 0);
	ck_assert_uint_eq(stats.poller, LIBUFFD_POLLER_POLL);
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(without)
