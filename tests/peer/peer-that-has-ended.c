/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Of a peer that has ended its pid and user are still told; its pidfd is -1, or one that says so:
 * never one of another process.
 */
#include "listener.h"

static void expect_ended(int accepted, pid_t pid)
{
	struct uffd_peer peer = {.size = sizeof(peer)};

	EXPECT(uffd_fdpass_peer(accepted, &peer), 0);
	ck_assert_int_eq(peer.pid, pid);
	ck_assert_uint_eq(peer.uid, getuid());
	ck_assert_int_ge(peer.pidfd, -1);
	if (peer.pidfd >= 0) {
		ck_assert(pidfd_ended(peer.pidfd));
		close(peer.pidfd);
	}
}

static void ended_peer(void)
{
	struct listener l;
	siginfo_t info;
	int accepted;
	pid_t pid;

	listener_make(&l, SOCK_STREAM);
	pid = connector_start(&l, &accepted);
	ck_assert_int_eq(kill(pid, SIGKILL), 0);
	/* Its parent has not asked for its status yet, and then has. */
	ck_assert_int_eq(waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT), 0);
	expect_ended(accepted, pid);
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	expect_ended(accepted, pid);
	close(accepted);
	close(l.fd);
}

TEST_MAIN(ended_peer)
