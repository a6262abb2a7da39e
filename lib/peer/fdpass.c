/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: one message with descriptors, sent or received; who is at the other end.
 * Must never: leave a descriptor open that the caller does not hear of, or raise a signal.
 */
#include <uffd/fdpass.h>

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* 6.5; the numbers of asm-generic */
#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 0x04
#endif

/*
 * Room for descriptors, and for what a socket may have been told to send with every message:
 * credentials, a pidfd, a time, a security label. What is more than that is MSG_CTRUNC.
 */
#define CONTROL_SIZE (CMSG_SPACE(LIBUFFD_FDPASS_MAX * sizeof(int)) + 512)

union control {
	struct cmsghdr align;
	char bytes[CONTROL_SIZE];
};

static bool descriptors_allowed(const int *fds, uint32_t count)
{
	if (count > LIBUFFD_FDPASS_MAX || (count && !fds))
		return false;
	for (uint32_t i = 0; i < count; i++)
		if (fds[i] < 0)
			return false;
	return true;
}

static ssize_t send_first(int socket, const void *bytes, size_t length, const int *fds,
			  uint32_t count)
{
	struct iovec iov = {(void *)(uintptr_t)bytes, length};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	union control control = {0};
	struct cmsghdr *header;
	ssize_t n;

	if (count) {
		msg.msg_control = &control;
		msg.msg_controllen = CMSG_SPACE(count * sizeof(int));
		header = CMSG_FIRSTHDR(&msg);
		header->cmsg_level = SOL_SOCKET;
		header->cmsg_type = SCM_RIGHTS;
		header->cmsg_len = CMSG_LEN(count * sizeof(int));
		memcpy(CMSG_DATA(header), fds, count * sizeof(int));
	}
	do {
		n = sendmsg(socket, &msg, MSG_NOSIGNAL);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* The rest of a stream's message; its descriptors are under way. */
static int send_rest(int socket, const char *bytes, size_t length)
{
	struct pollfd room = {.fd = socket, .events = POLLOUT};

	while (length) {
		ssize_t n = send(socket, bytes, length, MSG_NOSIGNAL);

		if (n >= 0) {
			bytes += n;
			length -= (size_t)n;
		} else if (errno == EAGAIN) {
			if (poll(&room, 1, -1) < 0 && errno != EINTR)
				return -errno;
		} else if (errno != EINTR) {
			return -errno;
		}
	}
	return 0;
}

int uffd_fdpass_send(int socket, const void *bytes, size_t length, const int *fds, uint32_t count)
{
	ssize_t n;

	if (!bytes || !length || !descriptors_allowed(fds, count))
		return -EINVAL;
	n = send_first(socket, bytes, length, fds, count);
	if (n < 0)
		return (int)n;
	return send_rest(socket, (const char *)bytes + n, length - (size_t)n);
}

static void close_all(const int *fds, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		close(fds[i]);
}

/*
 * Takes over every descriptor that a message brought: up to most of them into fds, *count of them;
 * the others are closed, and so is the pidfd of a socket with SO_PASSPIDFD. False: there were more.
 */
static bool take_descriptors(struct msghdr *msg, int *fds, uint32_t most, uint32_t *count)
{
	uint32_t kept = 0;
	bool all = true;

	for (struct cmsghdr *h = CMSG_FIRSTHDR(msg); h; h = CMSG_NXTHDR(msg, h)) {
		bool rights = h->cmsg_type == SCM_RIGHTS;
		size_t many = (h->cmsg_len - CMSG_LEN(0)) / sizeof(int);

		if (h->cmsg_level != SOL_SOCKET || (!rights && h->cmsg_type != SCM_PIDFD))
			continue;
		for (size_t i = 0; i < many; i++) {
			int fd;

			memcpy(&fd, CMSG_DATA(h) + i * sizeof(fd), sizeof(fd));
			if (rights && kept < most) {
				fds[kept++] = fd;
				continue;
			}
			if (fd >= 0) /* a pidfd of a process that has ended is an error number */
				close(fd);
			all = all && !rights;
		}
	}
	*count = kept;
	return all;
}

static int64_t receive(int socket, void *bytes, size_t size, int *fds, uint32_t *count, int flags)
{
	struct iovec iov = {bytes, size};
	union control control;
	struct msghdr msg = {.msg_iov = &iov,
			     .msg_iovlen = 1,
			     .msg_control = &control,
			     .msg_controllen = sizeof(control)};
	int came[LIBUFFD_FDPASS_MAX];
	uint32_t many;
	bool all;
	ssize_t n;

	if (!bytes || !size || !count || *count > LIBUFFD_FDPASS_MAX || (*count && !fds))
		return -EINVAL;
	do {
		n = recvmsg(socket, &msg, MSG_CMSG_CLOEXEC | flags);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return -errno;
	all = take_descriptors(&msg, came, *count, &many);
	/* An empty datagram is not told from the end, so nothing may come with it. */
	if (!all || !n || msg.msg_flags & (MSG_CTRUNC | MSG_TRUNC)) {
		close_all(came, many);
		many = 0;
	}
	if (!all || msg.msg_flags & MSG_CTRUNC)
		return -ENOBUFS;
	if (msg.msg_flags & MSG_TRUNC)
		return -EMSGSIZE;
	if (many)
		memcpy(fds, came, many * sizeof(*fds));
	*count = many;
	return n;
}

int64_t uffd_fdpass_receive(int socket, void *bytes, size_t size, int *fds, uint32_t *count)
{
	return receive(socket, bytes, size, fds, count, 0);
}

int64_t uffd_fdpass_peek(int socket, void *bytes, size_t size, int *fds, uint32_t *count)
{
	return receive(socket, bytes, size, fds, count, MSG_PEEK);
}

static int get_option(int socket, int option, void *value, socklen_t size)
{
	return getsockopt(socket, SOL_SOCKET, option, value, &size) < 0 ? -errno : 0;
}

/* A pidfd of the peer, -1 if there is none to be had, or another negative errno. */
static int open_peer(int socket, pid_t pid, int32_t *pidfd)
{
	int fd = -1, ret = get_option(socket, SO_PEERPIDFD, &fd, sizeof(fd));

	if (ret == -ENOPROTOOPT && pid > 0) {
		fd = (int)syscall(SYS_pidfd_open, pid, 0);
		ret = fd < 0 ? -errno : 0;
	}
	if (ret == -EMFILE || ret == -ENFILE || ret == -ENOMEM)
		return ret;
	*pidfd = ret < 0 ? -1 : fd;
	return 0;
}

int uffd_fdpass_peer(int socket, struct uffd_peer *peer)
{
	struct ucred who;
	int domain, listens, ret;

	if (!peer || peer->size != sizeof(*peer))
		return -EINVAL;
	ret = get_option(socket, SO_DOMAIN, &domain, sizeof(domain));
	if (ret < 0)
		return ret;
	/* A socket that listens has its own process's credentials, for those who connect. */
	ret = get_option(socket, SO_ACCEPTCONN, &listens, sizeof(listens));
	if (ret < 0)
		return ret;
	if (domain != AF_UNIX || listens)
		return -EOPNOTSUPP;
	ret = get_option(socket, SO_PEERCRED, &who, sizeof(who));
	if (ret < 0)
		return ret;
	/* A pid of 0 may be one of another namespace; that nobody is there shows in the user. */
	if (who.uid == (uid_t)-1)
		return -EOPNOTSUPP;
	ret = open_peer(socket, who.pid, &peer->pidfd);
	if (ret < 0)
		return ret;
	peer->pid = who.pid;
	peer->uid = who.uid;
	peer->gid = who.gid;
	return 0;
}
