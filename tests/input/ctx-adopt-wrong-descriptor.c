/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A descriptor that is no userfaultfd, or one without its handshake, is refused and stays ours. */
#include "input.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

static void refuses(int fd, int error)
{
	struct uffd_ctx *ctx = NO_HANDLE(struct uffd_ctx);
	int flags = fcntl(fd, F_GETFL), cloexec = fcntl(fd, F_GETFD);

	EXPECT(uffd_ctx_adopt(&ctx, fd, 0, NULL), error);
	ck_assert_ptr_eq(ctx, NO_HANDLE(struct uffd_ctx));
	ck_assert_int_eq(fcntl(fd, F_GETFL), flags);
	ck_assert_int_eq(fcntl(fd, F_GETFD), cloexec);
}

static void refuses_and_closes(int fd, int error)
{
	ck_assert_int_ge(fd, 0);
	refuses(fd, error);
	ck_assert_int_eq(close(fd), 0);
}

static void wrong_descriptor(void)
{
	int pipes[2], sockets[2], fd;

	refuses(-1, -EBADF);
	refuses(INT32_MAX, -EBADF);
	refuses(INT32_MIN, -EBADF);
	fd = lowest_free();
	refuses(fd, -EBADF);
	refuses_and_closes(open("/dev/null", O_RDWR), -ENOTTY);
	refuses_and_closes(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), -ENOTTY);
	refuses_and_closes(open("/", O_PATH), -ENOTTY);
	refuses_and_closes(open("/tmp", O_RDONLY | O_DIRECTORY), -ENOTTY);
	refuses_and_closes(memfd_create("anon_inode:[userfaultfd]", 0), -ENOTTY);
	refuses_and_closes(epoll_create1(0), -ENOTTY);
	refuses_and_closes(eventfd(0, 0), -ENOTTY);
	ck_assert_int_eq(pipe(pipes), 0);
	refuses_and_closes(pipes[0], -ENOTTY);
	refuses_and_closes(pipes[1], -ENOTTY);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	refuses_and_closes(sockets[0], -ENOTTY);
	refuses_and_closes(sockets[1], -ENOTTY);

	close(test_uffd(0));
	fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, NULL);
	refuses(fd, -EPROTO);
	/* It can still have its handshake. */
	EXPECT(uffd_raw_api(fd, 0, NULL, NULL), 0);
	close(fd);
	refuses_and_closes(uffd_raw_open(0, NULL), -EPROTO); /* O_NONBLOCK is not set either */
}

TEST_MAIN(wrong_descriptor)
