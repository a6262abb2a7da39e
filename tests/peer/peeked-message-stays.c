/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What uffd_fdpass_peek() brings stays in the socket, its descriptor too; SO_PEEK_OFF goes on behind it. */
#include "peer.h"

static void peek_and_receive(int type)
{
	int s[2], from = 0, fd = memfd_create("sent", MFD_CLOEXEC), got;
	uint32_t count;
	char bytes[8];

	sockets_make(s, type | SOCK_NONBLOCK);
	ck_assert_int_eq(uffd_fdpass_send(s[0], "first", 5, &fd, 1), 0);
	ck_assert_int_eq(uffd_fdpass_send(s[0], "next", 4, NULL, 0), 0);
	for (int i = 0; i < 3; i++) {
		count = 1;
		ck_assert_int_eq(uffd_fdpass_peek(s[1], bytes, sizeof(bytes), &got, &count), 5);
		ck_assert_uint_eq(count, 1);
		ck_assert_int_ne(fcntl(got, F_GETFD) & FD_CLOEXEC, 0);
		close(got);
	}
	if (type == SOCK_STREAM) {
		ck_assert_int_eq(
			setsockopt(s[1], SOL_SOCKET, SO_PEEK_OFF, &from, sizeof(from)), 0);
		count = 1;
		ck_assert_int_eq(uffd_fdpass_peek(s[1], bytes, 3, &got, &count), 3);
		close(got);
		count = 1;
		ck_assert_int_eq(uffd_fdpass_peek(s[1], bytes, 2, &got, &count), 2);
		ck_assert_int_eq(memcmp(bytes, "st", 2), 0);
		if (count)
			close(got);
		count = 0;
		ck_assert_int_eq(uffd_fdpass_peek(s[1], bytes, sizeof(bytes), NULL, &count), 4);
		ck_assert_int_eq(memcmp(bytes, "next", 4), 0);
		ck_assert_int_eq(uffd_fdpass_peek(s[1], bytes, sizeof(bytes), NULL, &count),
				 -EAGAIN);
	}
	count = 1;
	ck_assert_int_eq(uffd_fdpass_receive(s[1], bytes, sizeof(bytes), &got, &count), 5);
	ck_assert_uint_eq(count, 1);
	close(got);
	count = 0;
	ck_assert_int_eq(uffd_fdpass_receive(s[1], bytes, sizeof(bytes), NULL, &count), 4);
	close(fd);
	close(s[0]);
	close(s[1]);
}

static void peeked_message_stays(void)
{
	peek_and_receive(SOCK_STREAM);
	peek_and_receive(SOCK_SEQPACKET);
	peek_and_receive(SOCK_DGRAM);
}

TEST_MAIN(peeked_message_stays)
