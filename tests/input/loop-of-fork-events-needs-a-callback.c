/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A fork's descriptor that nobody takes would turn the child's memory into zeros: EINVAL. */
#include "input.h"

static void on_event(struct uffd_ctx *ctx, const struct uffd_event *event, void *user)
{
	(void)ctx;
	(void)user;
	if (event->kind == LIBUFFD_EVENT_FORK)
		close(event->fd);
}

static void fork_events(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_EVENT_FORK);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_loop *loop = NO_HANDLE(struct uffd_loop);

	EXPECT(uffd_loop_open(&loop, ctx, &o), -EINVAL);
	EXPECT(uffd_loop_start(&loop, ctx, &o), -EINVAL);
	EXPECT(uffd_loop_open(&loop, ctx, NULL), -EINVAL);
	ck_assert_ptr_eq(loop, NO_HANDLE(struct uffd_loop));
	o.event = on_event;
	EXPECT(uffd_loop_open(&loop, ctx, &o), 0);
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(fork_events)
