/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What is not a connected unix socket has no peer, and a peer of another size is none of ours. */
#include "listener.h"

static void refuses(int socket, int error)
{
	struct uffd_peer peer = {.size = sizeof(peer), .pid = -5, .pidfd = -7}, before = peer;

	EXPECT(uffd_fdpass_peer(socket, &peer), error);
	ck_assert_int_eq(memcmp(&peer, &before, sizeof(peer)), 0);
}

static void refuses_and_closes(int socket, int error)
{
	ck_assert_int_ge(socket, 0);
	refuses(socket, error);
	close(socket);
}

static void peer_of_nobody(void)
{
	struct uffd_peer peer = {.size = sizeof(peer)};
	struct listener l;
	int s[2];

	refuses(-1, -EBADF);
	refuses_and_closes(memfd_create("no socket", MFD_CLOEXEC), -ENOTSOCK);
	refuses_and_closes(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), -EOPNOTSUPP);
	refuses_and_closes(socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), -EOPNOTSUPP);
	listener_make(&l, SOCK_STREAM);
	refuses_and_closes(l.fd, -EOPNOTSUPP);
	if ((s[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) >= 0)
		refuses_and_closes(s[0], -EOPNOTSUPP);

	sockets_make(s, SOCK_STREAM);
	EXPECT(uffd_fdpass_peer(s[0], NULL), -EINVAL);
	peer.size = sizeof(peer) - 1;
	EXPECT(uffd_fdpass_peer(s[0], &peer), -EINVAL);
	peer.size = sizeof(peer) + 8;
	EXPECT(uffd_fdpass_peer(s[0], &peer), -EINVAL);
	peer.size = 0;
	EXPECT(uffd_fdpass_peer(s[0], &peer), -EINVAL);
	close_both(s);
}

TEST_MAIN(peer_of_nobody)
