/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: whole lines written to a descriptor that is shared with who knows whom.
 * Must never: wait until somebody reads them, or change how others see the descriptor: its
 * O_NONBLOCK is theirs as well. Leave half of a line behind another.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "serve/outlet.h"

/*
 * A terminal that polls writable has room for one byte; of the second it may wait, since it asks
 * for room again after each control character.
 */
#define TERMINAL_PIECE 1

/* The same pipe or terminal once more, with flags of our own; -1: it is not ours to open. */
static int open_again(int fd)
{
	char path[32];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

int outlet_open(struct outlet *outlet, int fd)
{
	struct stat st;
	bool terminal;

	outlet->fd = -1;
	outlet->piece = 0;
	outlet->dropped = 0;
	outlet->rest_length = 0;
	if (fstat(fd, &st))
		return errno == EBADF ? 0 : -errno;
	terminal = isatty(fd);
	outlet->socket = S_ISSOCK(st.st_mode);
	/* A file opened again would be written from its beginning. */
	if (terminal || S_ISFIFO(st.st_mode)) {
		outlet->fd = open_again(fd);
		if (outlet->fd >= 0)
			return 0;
	}
	if (!outlet->socket)
		outlet->piece = terminal ? TERMINAL_PIECE : PIPE_BUF;
	outlet->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0);
	return outlet->fd < 0 ? -errno : 0;
}

void outlet_close(struct outlet *outlet)
{
	if (outlet->fd >= 0)
		close(outlet->fd);
	outlet->fd = -1;
}

/* As write(2), and -1 as well where it would have to wait. */
static ssize_t attempt(const struct outlet *outlet, const char *text, size_t length)
{
	struct pollfd polled = {.fd = outlet->fd, .events = POLLOUT};
	int ready;

	if (outlet->socket)
		return send(outlet->fd, text, length, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (outlet->piece == 0)
		return write(outlet->fd, text, length);
	ready = poll(&polled, 1, 0);
	if (ready == 0 || (ready == 1 && !(polled.revents & POLLOUT)))
		errno = EAGAIN;
	if (ready != 1 || !(polled.revents & POLLOUT))
		return -1;
	return write(outlet->fd, text, length < outlet->piece ? length : outlet->piece);
}

/* Bytes that could be written. Any error is one that may pass: a disk is full, a pipe is closed. */
static size_t write_some(const struct outlet *outlet, const char *text, size_t length)
{
	size_t done = 0;

	while (done < length) {
		ssize_t n = attempt(outlet, text + done, length - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

bool outlet_flush(struct outlet *outlet)
{
	size_t done = write_some(outlet, outlet->rest, outlet->rest_length);

	outlet->rest_length -= done;
	memmove(outlet->rest, outlet->rest + done, outlet->rest_length);
	return outlet->rest_length == 0;
}

bool outlet_put(struct outlet *outlet, const char *text, size_t length)
{
	size_t done;

	if (outlet->fd < 0 || length > OUTLET_MOST || !outlet_flush(outlet))
		return false;
	done = write_some(outlet, text, length);
	if (done == 0 && length > 0)
		return false;
	outlet->rest_length = length - done;
	memcpy(outlet->rest, text + done, outlet->rest_length);
	return true;
}
