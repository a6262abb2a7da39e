/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What is received does not go on to a program that is executed, whatever the sender's flag is. */
#include "peer.h"

static void close_on_exec(void)
{
	int s[2], sent[2], got[2];
	uint32_t count = 2;
	char byte;

	sockets_make(s, SOCK_STREAM);
	ck_assert_int_eq(pipe(sent), 0);
	ck_assert_int_eq(fcntl(sent[0], F_GETFD), 0);
	EXPECT(uffd_fdpass_send(s[0], "x", 1, sent, 2), 0);
	EXPECT(uffd_fdpass_receive(s[1], &byte, 1, got, &count), 1);
	ck_assert_uint_eq(count, 2);
	ck_assert_int_eq(fcntl(got[0], F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(got[1], F_GETFD), FD_CLOEXEC);
	close_both(got);
	close_both(sent);
	close_both(s);
}

TEST_MAIN(close_on_exec)
