/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Of what a service manager has passed, the first that listens on a unix stream is taken; what is
 * for another process, or is no number, is not. In children: descriptors from 3 on are laid out
 * anew.
 */
#include "support.h"

#include <sys/socket.h>
#include <sys/wait.h>

#include "serve/listen.h"

struct passed {
	const char *pid; /* NULL: the process's own; "": not set */
	const char *fds; /* NULL: not set */
	int expected;
	const char *words;
};

static int listening_socket(int domain, int type)
{
	int fd = socket(domain, type, 0);

	/* Autobind gives it an abstract name, or a port. */
	if (domain == AF_UNIX) {
		const sa_family_t family = AF_UNIX;

		if (bind(fd, (const struct sockaddr *)&family, sizeof(family)) < 0)
			_exit(100);
	}
	if (type != SOCK_DGRAM && listen(fd, 5) < 0)
		_exit(101);
	return fd;
}

/* 3: a file, 4: a datagram socket, 5: not listening, 6: packets, 7: the one, 8: another. */
static void lay_out(void)
{
	int fds[] = {open("/dev/null", O_RDONLY),
		     listening_socket(AF_UNIX, SOCK_DGRAM),
		     socket(AF_UNIX, SOCK_STREAM, 0),
		     listening_socket(AF_UNIX, SOCK_SEQPACKET),
		     listening_socket(AF_UNIX, SOCK_STREAM),
		     listening_socket(AF_UNIX, SOCK_STREAM)};

	for (int i = 0; i < 6; i++)
		fds[i] = fcntl(fds[i], F_DUPFD, 100);
	for (int i = 0; i < 6; i++)
		if (dup2(fds[i], 3 + i) < 0)
			_exit(102);
}

static void in_child(const struct passed *passed)
{
	char reason[LISTEN_REASON] = "", number[16];
	int ret;

	lay_out();
	snprintf(number, sizeof(number), "%d", getpid());
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	if (!passed->pid || *passed->pid)
		setenv("LISTEN_PID", passed->pid ? passed->pid : number, 1);
	if (passed->fds)
		setenv("LISTEN_FDS", passed->fds, 1);
	ret = listen_inherited(reason);
	if (ret != passed->expected)
		_exit(1);
	if (ret < 0 && (!strstr(reason, passed->words) || strchr(reason, '\n')))
		_exit(2);
	if (ret >= 0 && (fcntl(ret, F_GETFD) != FD_CLOEXEC || !(fcntl(ret, F_GETFL) & O_NONBLOCK)))
		_exit(3);
	_exit(0);
}

static void inherited_socket_is_found(void)
{
	static const struct passed cases[] = {
		{NULL, "6", 7, ""},
		{NULL, "5", 7, ""},
		{NULL, "4", -ENOENT, "none of what was passed"},
		{"", "6", -ENOENT, "no socket was passed"},
		{NULL, NULL, -ENOENT, "no socket was passed"},
		{"1", "6", -ENOENT, "another process"},
		{NULL, "", -EINVAL, "no number"},
		{NULL, "six", -EINVAL, "no number"},
		{NULL, "6x", -EINVAL, "no number"},
		{NULL, "-1", -EINVAL, "no number"},
		{NULL, "0", -EINVAL, "no number"},
		{NULL, "2147483647", -EINVAL, "no number"},
		{NULL, "99999999999999999999", -EINVAL, "no number"},
		{"x", "6", -EINVAL, "no number"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pid_t pid = fork();
		int status;

		ck_assert_int_ge(pid, 0);
		if (pid == 0)
			in_child(&cases[i]);
		status = await_end(pid);
		ck_assert_msg(status == 0, "case %zu: status 0x%x", i, status);
	}
}

TEST_MAIN(inherited_socket_is_found)
