/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Too many open files in the process or the system, and no memory, are told as such. */
#include "input.h"
#include "refuse_syscall.h"

static void with_filter(void *arg)
{
	int error = *(int *)arg, first = lowest_free();
	struct uffd_ctx *ctx = NO_HANDLE(struct uffd_ctx);

	if (refuse_syscall(SYS_openat, ENOENT) || refuse_syscall(SYS_userfaultfd, error))
		_exit(1);
	CHILD_EXPECT(uffd_ctx_open(&ctx, NULL), -error);
	CHILD_EXPECT(ctx == NO_HANDLE(struct uffd_ctx), 1);
	CHILD_EXPECT(lowest_free(), first);
}

static void exhausted(void)
{
	int errors[] = {EMFILE, ENFILE, ENOMEM};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		in_child(with_filter, &errors[i]);
}

TEST_MAIN(exhausted)
