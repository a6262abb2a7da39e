/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Without privilege opening fails with EPERM and reports both ways; a context of user mode only is
 * for everybody, but not with EVENT_FORK.
 */
#include "input.h"

#include <grp.h>

static void become_nobody(void)
{
	if (geteuid() == 0 && (setgroups(0, NULL) || setresgid(65534, 65534, 65534) ||
			       setresuid(65534, 65534, 65534)))
		_exit(1);
}

static void without_privilege(void *arg)
{
	struct uffd_open_report report = {99, 99};
	struct uffd_ctx_opts o = {.size = sizeof(o), .report = &report};
	struct uffd_ctx *ctx = NO_HANDLE(struct uffd_ctx);
	char advice[1024];

	(void)arg;
	become_nobody();
	CHILD_EXPECT(uffd_ctx_open(&ctx, &o), -EPERM);
	CHILD_EXPECT(report.syscall_error, -EPERM);
	CHILD_EXPECT(report.device_error < 0, 1);
	CHILD_EXPECT(uffd_raw_open_advice(&report, advice, sizeof(advice)) > 0, 1);
	o.report = NULL;
	CHILD_EXPECT(uffd_ctx_open(&ctx, &o), -EPERM);
	CHILD_EXPECT(uffd_ctx_open(&ctx, NULL), -EPERM);

	o.report = &report;
	o.flags = LIBUFFD_CTX_USER_MODE_ONLY;
	o.features = UFFD_FEATURE_EVENT_FORK;
	CHILD_EXPECT(uffd_ctx_open(&ctx, &o), -EPERM);
	CHILD_EXPECT(report.syscall_error, 0);
	CHILD_EXPECT(ctx == NO_HANDLE(struct uffd_ctx), 1);
	CHILD_EXPECT(lowest_free(), *(int *)arg);

	o.features = 0;
	CHILD_EXPECT(uffd_ctx_open(&ctx, &o), 0);
	CHILD_EXPECT(report.syscall_error, 0);
	CHILD_EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

static void as_nobody(void)
{
	int fd = test_uffd(UFFD_FEATURE_EVENT_FORK), first;
	FILE *f = fopen("/proc/sys/vm/unprivileged_userfaultfd", "re");
	int allowed = 1;

	close(fd);
	if (!f || fscanf(f, "%d", &allowed) != 1 || allowed)
		allowed = 1;
	if (f)
		fclose(f);
	if (allowed || access("/dev/userfaultfd", F_OK))
		test_skip("everybody may open a userfaultfd here, or there is no device");
	first = lowest_free();
	in_child(without_privilege, &first);
}

TEST_MAIN(as_nobody)
