/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * fake-manager SOCKET NOTIFY PROGRAM [ARGUMENT...]: what systemd is to a service with a descriptor
 * store: it listens at SOCKET, starts PROGRAM with that ("-": there is none) and with what is
 * stored (LISTEN_FDS), keeps what the program sends to NOTIFY, and starts it again whenever a
 * signal has killed it. It says "started PID", "ready", and "keeps NAME" for what it has been sent,
 * and passes SIGTERM on. At the end: "stored N", and the program's exit code.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIRST 3 /* sd_listen_fds(3) */
#define MOST  64

static struct stored {
	int fd;
	char name[64];
} store[MOST];
static unsigned int stored;

__attribute__((noreturn)) static void die(const char *what)
{
	fprintf(stderr, "fake-manager: %s: %s\n", what, strerror(errno));
	exit(100);
}

static int bound(const char *path, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		die(path);
	return fd;
}

/* In the child: what is stored, from FIRST on, with the names. */
static void lay_out(void)
{
	char names[MOST * 64] = "", number[16];
	int fds[MOST];

	for (unsigned int i = 0; i < stored; i++)
		strcat(strcat(names, i ? ":" : ""), store[i].name);
	/* Out of the way of the numbers that they get. */
	for (unsigned int i = 0; i < stored; i++)
		fds[i] = dup2(store[i].fd, 200 + (int)i);
	for (unsigned int i = 0; i < stored; i++)
		if (dup2(fds[i], FIRST + (int)i) < 0)
			_exit(101);
	closefrom(FIRST + (int)stored);
	snprintf(number, sizeof(number), "%d", MOST);
	setenv("FDSTORE", number, 1);
	if (!stored)
		return;
	snprintf(number, sizeof(number), "%d", getpid());
	setenv("LISTEN_PID", number, 1);
	snprintf(number, sizeof(number), "%u", stored);
	setenv("LISTEN_FDS", number, 1);
	setenv("LISTEN_FDNAMES", names, 1);
}

static pid_t start(char **argv)
{
	pid_t pid = fork();

	if (pid < 0)
		die("fork");
	if (pid == 0) {
		sigset_t none;

		sigemptyset(&none);
		sigprocmask(SIG_SETMASK, &none, NULL);
		lay_out();
		execv(argv[0], argv);
		_exit(102);
	}
	printf("started %d\n", pid);
	return pid;
}

static void put(const char *name, int fd)
{
	if (stored == MOST)
		die("the store is full");
	snprintf(store[stored].name, sizeof(store[stored].name), "%s", name);
	store[stored++].fd = fd;
}

static void drop(const char *name)
{
	for (unsigned int i = 0; i < stored; i++) {
		if (strcmp(store[i].name, name))
			continue;
		close(store[i].fd);
		store[i--] = store[--stored];
	}
}

static int listening_at(const char *path)
{
	int fd = bound(path, SOCK_STREAM);

	if (listen(fd, SOMAXCONN) < 0)
		die(path);
	return fd;
}

/* One message: lines of NAME=VALUE, and at most one descriptor. */
static void obey(char *text, int fd)
{
	const char *name = "";
	bool keep = false, remove = false;

	for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
		keep = keep || !strcmp(line, "FDSTORE=1");
		remove = remove || !strcmp(line, "FDSTOREREMOVE=1");
		if (!strncmp(line, "FDNAME=", 7))
			name = line + 7;
		if (!strcmp(line, "READY=1"))
			puts("ready");
	}
	if (keep && fd >= 0) {
		put(name, fd);
		printf("keeps %s\n", name);
	} else if (fd >= 0) { /* a barrier: whoever waits for its end has been heard */
		close(fd);
	}
	if (remove)
		drop(name);
}

static bool hear(int notify)
{
	_Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int))];
	char text[4096];
	struct iovec iov = {text, sizeof(text) - 1};
	struct msghdr message = {.msg_iov = &iov,
				 .msg_iovlen = 1,
				 .msg_control = control,
				 .msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(notify, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
	struct cmsghdr *header;
	int fd = -1;

	if (n < 0)
		return false;
	text[n] = '\0';
	header = CMSG_FIRSTHDR(&message);
	if (header && header->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(header), sizeof(fd));
	obey(text, fd);
	return true;
}

/* The program's exit code; -1: it runs, or a signal has killed it and it has been started again. */
static int look(int signals, pid_t *pid, int notify, char **argv)
{
	struct signalfd_siginfo info;
	int status;

	if (read(signals, &info, sizeof(info)) != sizeof(info))
		die("signals");
	if (info.ssi_signo == SIGTERM)
		kill(*pid, SIGTERM);
	if (waitpid(*pid, &status, WNOHANG) != *pid)
		return -1;
	/* What it had said before it ended counts. */
	while (hear(notify))
		;
	if (WIFEXITED(status))
		return WEXITSTATUS(status);
	*pid = start(argv);
	return -1;
}

int main(int argc, char **argv)
{
	struct pollfd polls[2] = {{.events = POLLIN}, {.events = POLLIN}};
	int code = -1;
	sigset_t set;
	pid_t pid;

	if (argc < 4)
		return 2;
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	polls[0].fd = signalfd(-1, &set, SFD_CLOEXEC);
	polls[1].fd = bound(argv[2], SOCK_DGRAM);
	if (polls[0].fd < 0)
		die("signals");
	/* A socket unit's: in front of what is stored, and never dropped. */
	if (strcmp(argv[1], "-"))
		put("socket", listening_at(argv[1]));
	setenv("NOTIFY_SOCKET", argv[2], 1);
	pid = start(argv + 3);
	while (code < 0) {
		if (poll(polls, 2, -1) < 0)
			die("poll");
		if (polls[1].revents)
			hear(polls[1].fd);
		if (polls[0].revents)
			code = look(polls[0].fd, &pid, polls[1].fd, argv + 3);
	}
	printf("stored %u\n", stored);
	return code;
}
