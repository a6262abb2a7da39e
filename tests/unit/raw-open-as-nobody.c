/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Without privilege the full userfaultfd is refused with both reasons, the advice names the sysctl
 * and the device, and USER_MODE_ONLY is given.
 */
#include "test.h"

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <uffd/raw.h>

#define NOBODY 65534

/* Returns the number of what went wrong, for the exit code; 0 if nothing did. */
static int as_nobody(void)
{
	struct uffd_open_report report;
	char text[2048];
	int fd;

	if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		return 1;
	fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, &report);
	if (fd != -EPERM || report.syscall_error != -EPERM)
		return 2;
	if (report.device_error != -EACCES && report.device_error != -ENOENT)
		return 3;
	if (uffd_raw_open_advice(&report, text, sizeof(text)) <= 0)
		return 4;
	if (!strstr(text, "vm.unprivileged_userfaultfd") || !strstr(text, "/dev/userfaultfd"))
		return 5;
	fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY, &report);
	if (fd < 0 || report.syscall_error != 0)
		return 6;
	return close(fd) < 0 ? 7 : 0;
}

static void refused(void)
{
	FILE *f = fopen("/proc/sys/vm/unprivileged_userfaultfd", "re");
	struct stat st;
	int allowed = 1, status;
	pid_t pid;

	if (geteuid() != 0)
		test_skip("only root can become nobody");
	if (f && fscanf(f, "%d", &allowed) != 1)
		allowed = 1;
	if (f)
		fclose(f);
	if (allowed)
		test_skip("vm.unprivileged_userfaultfd is not 0");
	if (stat("/dev/userfaultfd", &st) == 0 && (st.st_mode & 06))
		test_skip("everybody may open /dev/userfaultfd");
	fflush(stdout);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(as_nobody());
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

TEST_MAIN(refused)
