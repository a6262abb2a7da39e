/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* No more threads is EAGAIN: no loop stays behind, and one without a thread still works. */
#include "input.h"

#include <grp.h>

static void no_threads(void *arg)
{
	struct rlimit none = {0, 0};
	struct uffd_ctx_opts ctx_opts = {.size = sizeof(ctx_opts),
					 .flags = LIBUFFD_CTX_USER_MODE_ONLY};
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_loop *loop = NULL;
	struct uffd_ctx *ctx = NULL;
	int first;

	(void)arg;
	/* Root may have threads beyond its limit. */
	if (geteuid() == 0 && (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
			       setresuid(65534, 65534, 65534)))
		_exit(1);
	CHILD_EXPECT(setrlimit(RLIMIT_NPROC, &none), 0);
	CHILD_EXPECT(uffd_ctx_open(&ctx, &ctx_opts), 0);
	first = lowest_free();
	CHILD_EXPECT(uffd_loop_start(&loop, ctx, &o), -EAGAIN);
	CHILD_EXPECT(lowest_free(), first);
	CHILD_EXPECT(uffd_loop_open(&loop, ctx, &o), 0);
	CHILD_EXPECT(uffd_loop_dispatch(loop, 0), 0);
	CHILD_EXPECT(uffd_loop_close(loop), 0);
	CHILD_EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

static void without_threads(void)
{
	close(test_uffd(0));
	in_child(no_threads, NULL);
}

TEST_MAIN(without_threads)
