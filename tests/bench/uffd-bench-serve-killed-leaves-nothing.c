/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd-bench serve is killed while it has a server, and VMs perhaps: all end, and nothing is left
 * of their sockets.
 */
#include "test.h"

#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/wait.h>

static char directory[] = "/tmp/uffd-test-XXXXXX";

/* $TMPDIR/uffd-bench-XXXXXX/s is there: a server runs. */
static bool has_socket(void)
{
	char path[512];
	struct dirent *entry;
	bool found = false;
	DIR *d = opendir(directory);

	ck_assert_ptr_nonnull(d);
	while ((entry = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s/s", directory, entry->d_name);
		found = found || (entry->d_name[0] != '.' && access(path, F_OK) == 0);
	}
	closedir(d);
	return found;
}

/* Its output is a pipe, which ends with the last process that came of it. */
static pid_t start(int *output)
{
	const char *bench = getenv("UFFD_BENCH");
	int ends[2];
	pid_t pid;

	if (!bench)
		test_skip("UFFD_BENCH does not say where uffd-bench is");
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	ck_assert_int_ge(pid, 0);
	if (pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		close(ends[0]);
		close(ends[1]);
		execl(bench, bench, "serve", "--only", "kill", "--size", "16M", NULL);
		_exit(127);
	}
	close(ends[1]);
	*output = ends[0];
	return pid;
}

static void killed(void)
{
	struct pollfd polled = {.events = POLLIN};
	char text[4096];
	ssize_t n;
	pid_t pid;

	close(test_uffd(0)); /* skips where there is none */
	ck_assert_ptr_nonnull(mkdtemp(directory));
	setenv("TMPDIR", directory, 1);
	pid = start(&polled.fd);
	while (!has_socket())
		ck_assert_msg(waitpid(pid, NULL, WNOHANG) == 0, "it ended before");
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	do {
		ck_assert_msg(poll(&polled, 1, 10000) == 1, "somebody still runs");
		n = read(polled.fd, text, sizeof(text));
	} while (n > 0);
	ck_assert_int_eq(n, 0);
	close(polled.fd);
	/* Empty. */
	ck_assert_msg(rmdir(directory) == 0, "%s: %m", directory);
}
TEST_MAIN(killed)
