/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* An unprivileged process gets the same answers as root, through UFFD_USER_MODE_ONLY. */
#include "test.h"

#include <grp.h>
#include <sys/wait.h>

#include <uffd/probe.h>
#include <uffd/raw.h>

#define NOBODY 65534

static const uint32_t types[] = {LIBUFFD_BACKING_ANON, LIBUFFD_BACKING_SHMEM,
				 LIBUFFD_BACKING_SHMEM_PRIVATE};
#define TYPES (sizeof(types) / sizeof(types[0]))

static int as_nobody(const struct uffd_memory_abilities *expected)
{
	int fd;

	if (setgroups(0, NULL) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
		return 1;
	fd = uffd_raw_open_syscall(O_CLOEXEC | UFFD_USER_MODE_ONLY);
	if (fd < 0)
		return 77;
	close(fd);
	for (size_t i = 0; i < TYPES; i++) {
		struct uffd_memory_abilities can = {.size = sizeof(can)};

		if (uffd_probe_memory(types[i], 0, &can) != 0)
			return 2;
		if (memcmp(&can, &expected[i], sizeof(can)) != 0)
			return 3;
	}
	return 0;
}

static void unprivileged(void)
{
	struct uffd_memory_abilities expected[TYPES];
	int status, ret;
	pid_t pid;

	if (geteuid() != 0)
		test_skip("only root can become nobody");
	memset(expected, 0, sizeof(expected));
	for (size_t i = 0; i < TYPES; i++) {
		expected[i].size = sizeof(expected[i]);
		ret = uffd_probe_memory(types[i], 0, &expected[i]);
		if (ret < 0)
			test_skip("no userfaultfd: %s", strerror(-ret));
	}
	fflush(stdout);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(as_nobody(expected));
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFEXITED(status));
	if (WEXITSTATUS(status) == 77)
		test_skip("nobody gets no userfaultfd of USER_MODE_ONLY here");
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}

TEST_MAIN(unprivileged)
