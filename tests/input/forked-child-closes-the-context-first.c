/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* In a forked child the order of closing is free: nothing of a loop lives in its context. */
#include "input.h"

struct handles {
	struct uffd_ctx *ctx;
	struct uffd_loop *loop;
};

static void child(void *arg)
{
	struct handles *h = arg;

	CHILD_EXPECT(uffd_ctx_close(h->ctx, LIBUFFD_CLOSE_REFUSE), 0);
	CHILD_EXPECT(uffd_loop_close(h->loop), 0);
	h->ctx = NULL;
	h->loop = NULL;
	if (__lsan_do_recoverable_leak_check)
		CHILD_EXPECT(__lsan_do_recoverable_leak_check(), 0);
}

static void context_first(void)
{
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct handles h = {.ctx = ctx_make(0, 0)};

	EXPECT(uffd_loop_open(&h.loop, h.ctx, &o), 0);
	EXPECT(uffd_loop_dispatch(h.loop, 0), 0);
	in_child(child, &h);
	EXPECT(uffd_loop_dispatch(h.loop, 0), 0);
	EXPECT(uffd_loop_close(h.loop), 0);
	EXPECT(uffd_ctx_close(h.ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(context_first)
