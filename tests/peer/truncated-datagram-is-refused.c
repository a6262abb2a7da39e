/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A datagram that is longer than the room for it is -EMSGSIZE, and what came with it is closed. So
 * it is with an empty one, which nobody can tell from the end of a connection.
 */
#include "peer.h"

static void refuses(int type)
{
	int s[2], fds[2];
	uint32_t count = 2;
	struct tracer t;
	char bytes[4];

	sockets_make(s, type);
	tracer_make(&t);
	tracer_send(&t, s[0], "12345", 5, 2);
	EXPECT(uffd_fdpass_receive(s[1], bytes, 4, fds, &count), -EMSGSIZE);
	ck_assert_uint_eq(count, 2);
	tracer_end(&t);

	tracer_make(&t);
	tracer_send(&t, s[0], "", 0, 2);
	EXPECT(uffd_fdpass_receive(s[1], bytes, 4, fds, &count), 0);
	ck_assert_uint_eq(count, 0);
	tracer_end(&t);

	count = 2;
	EXPECT(uffd_fdpass_send(s[0], "1234", 4, NULL, 0), 0);
	EXPECT(uffd_fdpass_receive(s[1], bytes, 4, fds, &count), 4);
	close_both(s);
}

static void truncated_datagram(void)
{
	refuses(SOCK_DGRAM);
	refuses(SOCK_SEQPACKET);
}

TEST_MAIN(truncated_datagram)
