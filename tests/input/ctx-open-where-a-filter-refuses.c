/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What a seccomp filter answers to userfaultfd(2) is what uffd_ctx_open() answers and reports. */
#include "input.h"
#include "refuse_syscall.h"

static void with_filter(void *arg)
{
	int error = *(int *)arg, first = lowest_free();
	struct uffd_open_report report = {99, 99};
	struct uffd_ctx_opts o = {.size = sizeof(o), .report = &report};
	struct uffd_memory_abilities can = {.size = sizeof(can), .copy = 99};
	struct uffd_ctx *ctx = NO_HANDLE(struct uffd_ctx);

	/* The device is another way for root: nobody shall find it. */
	if (refuse_syscall(SYS_openat, ENOENT) || refuse_syscall(SYS_userfaultfd, error))
		_exit(1);
	CHILD_EXPECT(uffd_ctx_open(&ctx, &o), -error);
	CHILD_EXPECT(report.syscall_error, -error);
	CHILD_EXPECT(report.device_error, -ENOENT);
	CHILD_EXPECT(ctx == NO_HANDLE(struct uffd_ctx), 1);
	CHILD_EXPECT(uffd_probe_memory(LIBUFFD_BACKING_ANON, 0, &can), -error);
	CHILD_EXPECT(can.copy, 99);
	CHILD_EXPECT(lowest_free(), first);
}

static void refused(void)
{
	int errors[] = {EPERM, EACCES, ENOSYS};

	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++)
		in_child(with_filter, &errors[i]);
}

TEST_MAIN(refused)
