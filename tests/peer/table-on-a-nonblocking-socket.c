/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * On a socket that is non-blocking, or has a time limit, a table that is not all there is -EAGAIN,
 * and its descriptor is closed.
 */
#include "wire.h"

static void silent_peer(int uffd)
{
	const struct timeval limit = {.tv_usec = 10000};
	struct wire w = wire_make(2);
	struct received got;
	int s[2];

	sockets_make(s, SOCK_STREAM);
	ck_assert_int_eq(setsockopt(s[1], SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	EXPECT(table_receive(s[1], &got), -EAGAIN);
	ck_assert_int_eq(send_plain(s[0], &w, 25, &uffd, 1), 25);
	EXPECT(table_receive(s[1], &got), -EAGAIN);
	close_both(s);
}

static void nonblocking_socket(void)
{
	int s[2], uffd = uffd_make();
	struct wire w = wire_make(2);
	struct received got;

	silent_peer(uffd);
	for (size_t length = 0; length <= wire_length(2); length++) {
		sockets_make(s, SOCK_STREAM | SOCK_NONBLOCK);
		if (length)
			ck_assert_int_eq(send_plain(s[0], &w, length, &uffd, 1), (ssize_t)length);
		EXPECT(table_receive(s[1], &got), length < wire_length(2) ? -EAGAIN : 0);
		if (length == wire_length(2)) {
			table_is(&got, &w);
			close(got.uffd);
		}
		close_both(s);
	}
	close(uffd);
}

TEST_MAIN(nonblocking_socket)
