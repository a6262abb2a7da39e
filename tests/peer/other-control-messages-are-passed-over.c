/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What a socket was told to add to every message (credentials, a pidfd, a time, a label) is passed
 * over, and a pidfd among it is closed.
 */
#include "peer.h"

#ifndef SO_PASSPIDFD
#define SO_PASSPIDFD 76
#endif

static void told_to_add(int socket, int option)
{
	int on = 1;

	if (setsockopt(socket, SOL_SOCKET, option, &on, sizeof(on)) < 0)
		ck_assert_int_eq(errno, ENOPROTOOPT);
}

static void exchange(int type)
{
	const int options[] = {SO_PASSCRED, SO_PASSPIDFD, SO_PASSSEC, SO_TIMESTAMP};
	int s[2], sent[LIBUFFD_FDPASS_MAX], got[LIBUFFD_FDPASS_MAX];
	uint32_t count = LIBUFFD_FDPASS_MAX;
	struct tracer t;
	char byte;

	sockets_make(s, type);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		told_to_add(s[1], options[i]);
	tracer_make(&t);
	for (uint32_t i = 0; i < count; i++)
		sent[i] = t.ends[1];
	EXPECT(uffd_fdpass_send(s[0], "x", 1, sent, count), 0);
	EXPECT(uffd_fdpass_receive(s[1], &byte, 1, got, &count), 1);
	ck_assert_uint_eq(count, LIBUFFD_FDPASS_MAX);
	for (uint32_t i = 0; i < count; i++) {
		ck_assert(same_file(got[i], t.ends[1]));
		close(got[i]);
	}

	EXPECT(uffd_fdpass_send(s[0], "y", 1, NULL, 0), 0);
	EXPECT(uffd_fdpass_receive(s[1], &byte, 1, got, &count), 1);
	ck_assert_uint_eq(count, 0);

	tracer_send(&t, s[0], "z", 1, 3);
	count = 2;
	EXPECT(uffd_fdpass_receive(s[1], &byte, 1, got, &count), -ENOBUFS);
	tracer_end(&t);
	close_both(s);
}

static void other_control_messages(void)
{
	exchange(SOCK_STREAM);
	exchange(SOCK_SEQPACKET);
	exchange(SOCK_DGRAM);
}

TEST_MAIN(other_control_messages)
