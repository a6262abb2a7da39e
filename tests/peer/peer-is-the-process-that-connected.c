/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The peer is the process that connected, with its user, and its pidfd tells of its end. */
#include "listener.h"

static void process_that_connected(void)
{
	struct uffd_peer peer = {.size = sizeof(peer)};
	struct listener l;
	int accepted;
	pid_t pid;

	listener_make(&l, SOCK_STREAM);
	pid = connector_start(&l, &accepted);
	EXPECT(uffd_fdpass_peer(accepted, &peer), 0);
	ck_assert_uint_eq(peer.size, sizeof(peer));
	ck_assert_int_eq(peer.pid, pid);
	ck_assert_uint_eq(peer.uid, getuid());
	ck_assert_uint_eq(peer.gid, getgid());
	if (peer.pidfd < 0) {
		connector_end(pid);
		test_skip("no pidfd in this kernel");
	}
	ck_assert_int_eq(fcntl(peer.pidfd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(pidfd_pid(peer.pidfd), pid);
	ck_assert(!pidfd_ended(peer.pidfd));
	connector_end(pid);
	ck_assert(pidfd_ended(peer.pidfd));
	close(peer.pidfd);
	close(accepted);
	close(l.fd);
}

TEST_MAIN(process_that_connected)
