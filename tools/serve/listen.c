/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See listen.h. */
#include "serve/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* The first descriptor that systemd passes; sd_listen_fds(3). */
#define FIRST_INHERITED 3

/* Clients connect by the path, so it has to fit, with its NUL. */
#define LONGEST_PATH (sizeof(((struct sockaddr_un *)0)->sun_path) - 1)

static int tell(char reason[LISTEN_REASON], int error, const char *words)
{
	snprintf(reason, LISTEN_REASON, "%s", words);
	return error;
}

const char *listen_words(int error)
{
	switch (error) {
	case -ELOOP:
		return "it is a symbolic link, which is not followed";
	case -EEXIST:
		return "it exists and is no socket";
	case -EADDRINUSE:
		return "somebody listens there";
	case -ENOLCK:
		return "the lock file beside it is not one that only this user can open";
	case -EBUSY:
		return "others are at work there, or keep the lock file beside it";
	case -EINTR:
		return "ended by a signal";
	default:
		return strerror(-error);
	}
}

static int tell_error(char reason[LISTEN_REASON], int error)
{
	return tell(reason, error, listen_words(error));
}

static int open_path(struct socket_file *file, const char *path, char reason[LISTEN_REASON])
{
	int ret;

	if (strlen(path) > LONGEST_PATH) {
		snprintf(reason, LISTEN_REASON, "the path of a socket has at most %zu bytes",
			 LONGEST_PATH);
		return -ENAMETOOLONG;
	}
	ret = socket_file_open(file, path, "");
	if (ret == -EINVAL)
		return tell(reason, ret, "this names no file");
	if (ret < 0)
		snprintf(reason, LISTEN_REASON, "its directory: %s", strerror(-ret));
	return ret;
}

int listen_at(const char *path, mode_t mode, uid_t uid, gid_t gid, char reason[LISTEN_REASON])
{
	struct socket_file file;
	int ret = open_path(&file, path, reason);

	if (ret < 0)
		return ret;
	ret = socket_file_listen(&file, SOCK_STREAM, mode, uid, gid);
	socket_file_close(&file);
	return ret < 0 ? tell_error(reason, ret) : ret;
}

int listen_prepare(struct listen_beside *l, const char *path, mode_t mode, uid_t uid, gid_t gid,
		   char reason[LISTEN_REASON])
{
	int ret = open_path(&l->file, path, reason);

	if (ret < 0)
		return ret;
	l->fd = socket_file_prepare(&l->file, &l->beside, SOCK_STREAM, mode, uid, gid);
	if (l->fd >= 0)
		return 0;
	socket_file_close(&l->file);
	return tell_error(reason, l->fd);
}

int listen_move_in(struct listen_beside *l, char reason[LISTEN_REASON])
{
	int ret = socket_file_move_in(&l->file, &l->beside, SOCK_STREAM);

	socket_file_close(&l->file);
	return ret < 0 ? tell_error(reason, ret) : 0;
}

void listen_drop(struct listen_beside *l)
{
	socket_file_drop(&l->file, &l->beside);
	socket_file_close(&l->file);
}

static int socket_option(int fd, int option)
{
	int value;
	socklen_t size = sizeof(value);

	return getsockopt(fd, SOL_SOCKET, option, &value, &size) < 0 ? -errno : value;
}

static bool listens(int fd)
{
	return socket_option(fd, SO_DOMAIN) == AF_UNIX &&
	       socket_option(fd, SO_TYPE) == SOCK_STREAM && socket_option(fd, SO_ACCEPTCONN) == 1;
}

static int set_flags(int fd)
{
	int status = fcntl(fd, F_GETFL);

	if (status < 0 || fcntl(fd, F_SETFL, status | O_NONBLOCK) < 0 ||
	    fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
		return -errno;
	return fd;
}

/* A number of the environment, -ENOENT or -EINVAL. */
static long number_of(const char *variable)
{
	const char *text = getenv(variable);
	char *end;
	long value;

	if (!text)
		return -ENOENT;
	errno = 0;
	value = strtol(text, &end, 10);
	return errno || end == text || *end || value <= 0 || value > INT_MAX - FIRST_INHERITED
		       ? -EINVAL
		       : value;
}

int listen_inherited(char reason[LISTEN_REASON])
{
	long pid = number_of("LISTEN_PID");
	long count = number_of("LISTEN_FDS");

	if (pid == -ENOENT || count == -ENOENT)
		return tell(reason, -ENOENT, "no socket was passed (LISTEN_FDS)");
	if (pid < 0 || count < 0)
		return tell(reason, -EINVAL, "LISTEN_PID or LISTEN_FDS is no number");
	if (pid != getpid())
		return tell(reason, -ENOENT, "the sockets passed are for another process");
	for (int fd = FIRST_INHERITED; fd < FIRST_INHERITED + count; fd++) {
		int ret;

		if (!listens(fd))
			continue;
		ret = set_flags(fd);
		return ret < 0 ? tell_error(reason, ret) : ret;
	}
	return tell(reason, -ENOENT, "none of what was passed listens on a unix stream socket");
}

void listen_unlink(const char *path, int fd)
{
	struct socket_file file;

	if (socket_file_open(&file, path, "") < 0)
		return;
	socket_file_remove(&file, fd);
	socket_file_close(&file);
}
