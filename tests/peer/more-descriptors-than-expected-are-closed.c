/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A message with more descriptors than expected is -ENOBUFS, and none of them stays open. */
#include "peer.h"

static void refuses(int type, uint32_t expected, size_t count)
{
	int s[2], fds[LIBUFFD_FDPASS_MAX] = {-5};
	uint32_t room = expected;
	struct tracer t;
	char byte;

	sockets_make(s, type);
	tracer_make(&t);
	tracer_send(&t, s[0], "x", 1, count);
	ck_assert(tracer_held(&t));
	EXPECT(uffd_fdpass_receive(s[1], &byte, 1, expected ? fds : NULL, &room), -ENOBUFS);
	ck_assert_uint_eq(room, expected);
	ck_assert_int_eq(fds[0], -5);
	tracer_end(&t);

	/* The next message is whole. */
	EXPECT(uffd_fdpass_send(s[0], "y", 1, NULL, 0), 0);
	EXPECT(uffd_fdpass_receive(s[1], &byte, 1, expected ? fds : NULL, &room), 1);
	ck_assert_int_eq(byte, 'y');
	ck_assert_uint_eq(room, 0);
	close_both(s);
}

static void more_than_expected(void)
{
	const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};
	const size_t counts[] = {1, 2, 15, 16, 17, 18, 100, 144, 145, 252, 253};

	for (size_t i = 0; i < 3; i++)
		for (size_t k = 0; k < sizeof(counts) / sizeof(counts[0]); k++)
			for (uint32_t expected = 0; expected <= LIBUFFD_FDPASS_MAX; expected++)
				if (expected < counts[k])
					refuses(types[i], expected, counts[k]);
}

TEST_MAIN(more_than_expected)
