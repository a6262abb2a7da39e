/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * While vm.unprivileged_userfaultfd is 0 the system call is EPERM for an unprivileged user, and
 * UFFD_USER_MODE_ONLY works all the same.
 */
#include "expect.h"
#include "process.h"

static int open_both(void *arg)
{
	int *allowed = arg;
	int fd = uffd_raw_open_syscall(O_CLOEXEC | O_NONBLOCK);

	if (*allowed ? fd < 0 : fd != -EPERM)
		return 1;
	fd = uffd_raw_open_syscall(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);
	return fd < 0 ? 2 : 0;
}

static void unprivileged_needs_user_mode_only(void)
{
	FILE *f = fopen("/proc/sys/vm/unprivileged_userfaultfd", "re");
	int allowed = 0;

	close(test_uffd(0));
	if (!f)
		test_skip("no sysctl vm.unprivileged_userfaultfd");
	ck_assert_int_eq(fscanf(f, "%d", &allowed), 1);
	fclose(f);
	ck_assert_int_eq(run_unprivileged(open_both, &allowed), 0);
}
TEST_MAIN(unprivileged_needs_user_mode_only)
