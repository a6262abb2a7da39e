/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A socket that listens under a name of the kernel's choice, and processes that connect to it. */
#ifndef LISTENER_H
#define LISTENER_H

#include "peer.h"

#include <sys/prctl.h>

struct listener {
	int fd;
	struct sockaddr_un name;
	socklen_t length;
};

static inline void listener_make(struct listener *l, int type)
{
	l->fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	l->name = (struct sockaddr_un){.sun_family = AF_UNIX};
	l->length = sizeof(l->name);
	ck_assert_int_ge(l->fd, 0);
	/* An address without a name: the kernel finds an abstract one. */
	ck_assert_int_eq(bind(l->fd, (struct sockaddr *)&l->name, sizeof(sa_family_t)), 0);
	ck_assert_int_eq(getsockname(l->fd, (struct sockaddr *)&l->name, &l->length), 0);
	if (type != SOCK_DGRAM)
		ck_assert_int_eq(listen(l->fd, 1), 0);
}

/* A child that connects, and lives until it is ended; *accepted is our end. */
static inline pid_t connector_start(const struct listener *l, int *accepted)
{
	pid_t pid = fork();

	if (pid == 0) {
		int fd = socket(AF_UNIX, SOCK_STREAM, 0);

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (connect(fd, (const struct sockaddr *)&l->name, l->length) < 0)
			_exit(1);
		for (;;)
			pause();
	}
	ck_assert_msg(pid > 0, "fork: %s", strerror(errno));
	*accepted = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(*accepted, 0);
	return pid;
}

static inline void connector_end(pid_t pid)
{
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}

/* A pidfd tells of an end by being readable. */
static inline bool pidfd_ended(int pidfd)
{
	struct pollfd p = {.fd = pidfd, .events = POLLIN};
	int n = poll(&p, 1, 0);

	ck_assert_int_ge(n, 0);
	ck_assert(!n || p.revents & POLLIN);
	return n == 1;
}

/* The pid of a pidfd, as /proc has it; -1 of one that has ended. */
static inline pid_t pidfd_pid(int pidfd)
{
	char path[64], line[128];
	int pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", pidfd);
	f = fopen(path, "re");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "Pid: %d", &pid) == 1)
			break;
	fclose(f);
	return pid;
}

#endif
