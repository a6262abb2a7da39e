/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the tests of descriptors over a socket share: sockets, pipes whose other end tells who still
 * has them, and messages as bytes, sent without the library.
 */
#ifndef PEER_H
#define PEER_H

#include "test.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <uffd/fdpass.h>
#include <uffd/raw.h>

#include <linux/sockios.h>

/* The most that the kernel lets one message carry. */
#define KERNEL_MAX_FD 253

static inline void sockets_make(int s[2], int type)
{
	ck_assert_msg(socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, s) == 0, "socketpair: %s",
		      strerror(errno));
}

static inline void close_both(const int s[2])
{
	close(s[0]);
	close(s[1]);
}

/* One sendmsg(2): what the library would refuse to send as well. How many bytes went. */
static inline ssize_t send_plain(int socket, const void *bytes, size_t length, const int *fds,
				 size_t count)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(KERNEL_MAX_FD * sizeof(int))];
	} control = {0};
	struct iovec iov = {(void *)(uintptr_t)bytes, length};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};

	if (count) {
		struct cmsghdr *header;

		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		header = CMSG_FIRSTHDR(&msg);
		*header = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
					   .cmsg_type = SCM_RIGHTS,
					   .cmsg_len = CMSG_LEN(count * sizeof(int))};
		memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	}
	return sendmsg(socket, &msg, MSG_NOSIGNAL);
}

/* A pipe whose writing end is given away: the reading end tells whether anybody has it. */
struct tracer {
	int ends[2];
};

static inline void tracer_make(struct tracer *t)
{
	ck_assert_int_eq(pipe2(t->ends, O_CLOEXEC), 0);
}

/* Sends bytes with the writing end, count times, and keeps none. */
static inline void tracer_send(struct tracer *t, int socket, const void *bytes, size_t length,
			       size_t count)
{
	int fds[KERNEL_MAX_FD];

	for (size_t i = 0; i < count; i++)
		fds[i] = t->ends[1];
	ck_assert_int_eq(send_plain(socket, bytes, length, fds, count), (ssize_t)length);
	close(t->ends[1]);
}

static inline bool tracer_held(const struct tracer *t)
{
	struct pollfd p = {.fd = t->ends[0], .events = POLLIN};

	return poll(&p, 1, 0) == 0;
}

/* Nobody has the writing end. */
static inline void tracer_end(struct tracer *t)
{
	ck_assert_msg(!tracer_held(t), "a descriptor that was sent is still open");
	close(t->ends[0]);
}

static inline bool same_file(int a, int b)
{
	struct stat x, y;

	ck_assert_int_eq(fstat(a, &x), 0);
	ck_assert_int_eq(fstat(b, &y), 0);
	return x.st_dev == y.st_dev && x.st_ino == y.st_ino;
}

#endif
