/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Bad pointers, descriptors and sockets are refused by the calls for tables. */
#include "wire.h"

static void bad_arguments(void)
{
	struct wire w = wire_make(2);
	int s[2], fd = -5, file = memfd_create("no socket", MFD_CLOEXEC);
	uint64_t features = 0;
	uint32_t count = 2;

	sockets_make(s, SOCK_STREAM | SOCK_NONBLOCK);
	EXPECT(uffd_peer_send(s[0], -1, 0, w.regions, 2), -EINVAL);
	EXPECT(uffd_peer_send(s[0], file, 0, NULL, 2), -EINVAL);
	EXPECT(uffd_peer_send(s[0], file, 0, w.regions, 0), -EINVAL);
	EXPECT(uffd_peer_send(s[0], file, 0, w.regions, LIBUFFD_PEER_REGIONS_MAX + 1), -EINVAL);
	EXPECT(uffd_peer_send(s[0], file, 0, w.regions, UINT32_MAX), -EINVAL);
	EXPECT(uffd_peer_send(-1, file, 0, w.regions, 2), -EBADF);
	EXPECT(uffd_peer_send(file, file, 0, w.regions, 2), -ENOTSOCK);

	EXPECT(uffd_peer_receive(s[1], NULL, &features, w.regions, &count), -EINVAL);
	EXPECT(uffd_peer_receive(s[1], &fd, NULL, w.regions, &count), -EINVAL);
	EXPECT(uffd_peer_receive(s[1], &fd, &features, NULL, &count), -EINVAL);
	EXPECT(uffd_peer_receive(s[1], &fd, &features, w.regions, NULL), -EINVAL);
	EXPECT(uffd_peer_receive(-1, &fd, &features, w.regions, &count), -EBADF);
	EXPECT(uffd_peer_receive(file, &fd, &features, w.regions, &count), -ENOTSOCK);
	/* Nothing has been sent. */
	EXPECT(uffd_peer_receive(s[1], &fd, &features, w.regions, &count), -EAGAIN);
	ck_assert_int_eq(fd, -5);
	close_both(s);
	close(file);
}

TEST_MAIN(bad_arguments)
