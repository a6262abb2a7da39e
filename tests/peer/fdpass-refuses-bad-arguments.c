/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What cannot be sent or received is refused, before anything is. */
#include "peer.h"

static int closed_descriptor(void)
{
	int fd = dup(STDERR_FILENO);

	close(fd);
	return fd;
}

static void refuses_to_send(const int s[2], int file)
{
	int fds[LIBUFFD_FDPASS_MAX + 1], closed = closed_descriptor();

	for (size_t i = 0; i <= LIBUFFD_FDPASS_MAX; i++)
		fds[i] = STDERR_FILENO;
	EXPECT(uffd_fdpass_send(s[0], NULL, 1, fds, 1), -EINVAL);
	EXPECT(uffd_fdpass_send(s[0], "x", 0, fds, 1), -EINVAL);
	EXPECT(uffd_fdpass_send(s[0], "x", 1, NULL, 1), -EINVAL);
	EXPECT(uffd_fdpass_send(s[0], "x", 1, fds, LIBUFFD_FDPASS_MAX + 1), -EINVAL);
	EXPECT(uffd_fdpass_send(s[0], "x", 1, fds, UINT32_MAX), -EINVAL);
	fds[3] = -1;
	EXPECT(uffd_fdpass_send(s[0], "x", 1, fds, 4), -EINVAL);
	fds[3] = closed;
	EXPECT(uffd_fdpass_send(s[0], "x", 1, fds, 4), -EBADF);
	EXPECT(uffd_fdpass_send(-1, "x", 1, fds, 1), -EBADF);
	EXPECT(uffd_fdpass_send(closed, "x", 1, fds, 1), -EBADF);
	EXPECT(uffd_fdpass_send(file, "x", 1, fds, 1), -ENOTSOCK);
}

static void refuses_to_receive(const int s[2], int file)
{
	uint32_t count = 1;
	char byte;
	int fd;

	EXPECT(uffd_fdpass_receive(s[1], NULL, 1, &fd, &count), -EINVAL);
	EXPECT(uffd_fdpass_receive(s[1], &byte, 0, &fd, &count), -EINVAL);
	EXPECT(uffd_fdpass_receive(s[1], &byte, 1, NULL, &count), -EINVAL);
	EXPECT(uffd_fdpass_receive(s[1], &byte, 1, &fd, NULL), -EINVAL);
	EXPECT(uffd_fdpass_receive(-1, &byte, 1, &fd, &count), -EBADF);
	EXPECT(uffd_fdpass_receive(file, &byte, 1, &fd, &count), -ENOTSOCK);
	ck_assert_uint_eq(count, 1);
	count = LIBUFFD_FDPASS_MAX + 1;
	EXPECT(uffd_fdpass_receive(s[1], &byte, 1, &fd, &count), -EINVAL);
	/* Nothing has been sent. */
	count = 0;
	EXPECT(uffd_fdpass_receive(s[1], &byte, 1, NULL, &count), -EAGAIN);
}

static void too_long_for_a_datagram(int file)
{
	size_t length = 1u << 24;
	char *bytes = calloc(1, length);
	int s[2];

	ck_assert_ptr_nonnull(bytes);
	sockets_make(s, SOCK_DGRAM);
	EXPECT(uffd_fdpass_send(s[0], bytes, length, &file, 1), -EMSGSIZE);
	free(bytes);
	close_both(s);
}

static void bad_arguments(void)
{
	int s[2], file = memfd_create("no socket", MFD_CLOEXEC);

	sockets_make(s, SOCK_STREAM | SOCK_NONBLOCK);
	refuses_to_send(s, file);
	refuses_to_receive(s, file);
	too_long_for_a_datagram(file);
	close_both(s);
	close(file);
}

TEST_MAIN(bad_arguments)
