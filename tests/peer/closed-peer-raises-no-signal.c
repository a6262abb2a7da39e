/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* To a peer that has closed, sending is -EPIPE without SIGPIPE, and receiving from one is 0 bytes. */
#include "peer.h"

static void closed_peer(void)
{
	struct sigaction deadly = {.sa_handler = SIG_DFL};
	struct uffd_peer_region region = {
		.address = 4096, .length = 4096, .offset = 0, .page_size = 4096};
	int s[2], fd = STDERR_FILENO, got;
	uint32_t count = 1;
	char byte;

	ck_assert_int_eq(sigaction(SIGPIPE, &deadly, NULL), 0);
	sockets_make(s, SOCK_STREAM);
	EXPECT(uffd_fdpass_send(s[1], "x", 1, NULL, 0), 0);
	close(s[1]);
	EXPECT(uffd_fdpass_send(s[0], "x", 1, &fd, 1), -EPIPE);
	EXPECT(uffd_peer_send(s[0], fd, 0, &region, 1), -EPIPE);
	EXPECT(uffd_fdpass_receive(s[0], &byte, 1, &got, &count), 1);
	count = 1;
	EXPECT(uffd_fdpass_receive(s[0], &byte, 1, &got, &count), 0);
	ck_assert_uint_eq(count, 0);
	close(s[0]);

	/* What was sent and never read is lost, and said to be. */
	sockets_make(s, SOCK_STREAM);
	EXPECT(uffd_fdpass_send(s[0], "x", 1, &fd, 1), 0);
	close(s[1]);
	count = 1;
	EXPECT(uffd_fdpass_receive(s[0], &byte, 1, &got, &count), -ECONNRESET);
	ck_assert_uint_eq(count, 1);
	close(s[0]);
}

TEST_MAIN(closed_peer)
