/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Started with LISTEN_FDS as systemd does after a restart: a socket of its own and what was stored.
 * The socket is listen_inherited()'s, what was stored are the hold's entries.
 */
#include "support.h"

#include <sys/socket.h>

#include "serve/listen.h"

static int listening_socket(void)
{
	const sa_family_t family = AF_UNIX;
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	if (bind(fd, (const struct sockaddr *)&family, sizeof(family)) < 0 || listen(fd, 5) < 0)
		_exit(100);
	return fd;
}

static void lay_out(void)
{
	int fds[] = {listening_socket(), named_memfd("vm-1.uffd"), named_memfd("vm-1.state"),
		     named_memfd("stranger"), listening_socket()};

	for (int i = 0; i < 5; i++)
		fds[i] = fcntl(fds[i], F_DUPFD, 100);
	for (int i = 0; i < 5; i++)
		if (dup2(fds[i], 3 + i) < 0)
			_exit(101);
}

static void started_as_by_systemd(const char *fds, const char *names)
{
	char number[16];

	lay_out();
	snprintf(number, sizeof(number), "%d", getpid());
	setenv("LISTEN_PID", number, 1);
	setenv("LISTEN_FDS", fds, 1);
	setenv("LISTEN_FDNAMES", names, 1);
	setenv("NOTIFY_SOCKET", "/nowhere", 1);
	setenv("FDSTORE", "5", 1);
}

static int passed_back(void)
{
	char reason[LISTEN_REASON];
	const struct hold_entry *uffd, *state, *entries;
	struct hold *hold;

	started_as_by_systemd("5", "uffd-serve.socket:vm-1.uffd:vm-1.state:not_a_name:listen");
	if (hold_open(&hold, "/nowhere/s") < 0)
		return 1;
	uffd = entry_of(hold, "vm-1.uffd");
	state = entry_of(hold, "vm-1.state");
	if (hold_entries(hold, &entries) != 2 || !uffd || !state)
		return 2;
	if (!is_named(uffd->fd, "vm-1.uffd") || !is_named(state->fd, "vm-1.state") ||
	    fcntl(uffd->fd, F_GETFD) != FD_CLOEXEC)
		return 3;
	if (listen_inherited(reason) != 3)
		return 4;
	/* They are in the store still, and the socket that listens too. */
	if (put_named(hold, "vm-1.uffd") != -EEXIST || put_named(hold, "listen") != -EEXIST)
		return 5;
	hold_close(hold);
	return 0;
}

static int names_do_not_match(void)
{
	struct hold *hold;

	started_as_by_systemd("5", "one:two");
	return hold_open(&hold, "/nowhere/s") == -EINVAL ? 0 : 1;
}

static int number_is_none(void)
{
	struct hold *hold;

	started_as_by_systemd("x", "one");
	return hold_open(&hold, "/nowhere/s") == -EINVAL ? 0 : 1;
}

static void in_child(int (*fn)(void))
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(fn());
	status = await_end(pid);
	ck_assert_msg(status == 0, "status 0x%x", status);
}

static void systemd_passes_the_store_back(void)
{
	in_child(passed_back);
	in_child(names_do_not_match);
	in_child(number_is_none);
}

TEST_MAIN(systemd_passes_the_store_back)
