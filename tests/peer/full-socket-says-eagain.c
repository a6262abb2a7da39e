/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* On a non-blocking socket that is full nothing is sent, the descriptors neither. */
#include "peer.h"

static void full_socket(void)
{
	int s[2], fd;
	uint32_t count;
	size_t sent = 0, got = 0;
	struct tracer t;
	char byte;
	int64_t n;

	sockets_make(s, SOCK_STREAM | SOCK_NONBLOCK);
	count = 1;
	EXPECT(uffd_fdpass_receive(s[1], &byte, 1, &fd, &count), -EAGAIN);
	ck_assert_uint_eq(count, 1);

	while (send(s[0], "x", 1, 0) == 1)
		sent++;
	ck_assert_int_eq(errno, EAGAIN);
	tracer_make(&t);
	EXPECT(uffd_fdpass_send(s[0], "yyyy", 4, &t.ends[1], 1), -EAGAIN);
	close(t.ends[1]);
	tracer_end(&t);

	while ((n = uffd_fdpass_receive(s[1], &byte, 1, &fd, &count)) == 1) {
		ck_assert_uint_eq(count, 0);
		ck_assert_int_eq(byte, 'x');
		count = 1;
		got++;
	}
	EXPECT(n, -EAGAIN);
	ck_assert_uint_eq(got, sent);
	close_both(s);
}

TEST_MAIN(full_socket)
