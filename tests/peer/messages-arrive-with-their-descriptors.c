/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Bytes and descriptors arrive as they were sent, in their order, on every type of unix socket. */
#include "peer.h"

static void exchange(int type, uint32_t count)
{
	int s[2], sent[LIBUFFD_FDPASS_MAX], got[LIBUFFD_FDPASS_MAX];
	uint32_t room = LIBUFFD_FDPASS_MAX;
	char bytes[64] = {0};

	sockets_make(s, type);
	for (uint32_t i = 0; i < count; i++) {
		sent[i] = memfd_create("sent", MFD_CLOEXEC);
		ck_assert_int_ge(sent[i], 0);
	}
	EXPECT(uffd_fdpass_send(s[0], "a message", 9, count ? sent : NULL, count), 0);
	EXPECT(uffd_fdpass_receive(s[1], bytes, sizeof(bytes), got, &room), 9);
	ck_assert_str_eq(bytes, "a message");
	ck_assert_uint_eq(room, count);
	for (uint32_t i = 0; i < count; i++) {
		ck_assert_int_ne(got[i], sent[i]);
		ck_assert(same_file(got[i], sent[i]));
		close(got[i]);
		close(sent[i]);
	}
	close_both(s);
}

static void messages_arrive(void)
{
	const int types[] = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_DGRAM};

	for (size_t i = 0; i < 3; i++)
		for (uint32_t count = 0; count <= LIBUFFD_FDPASS_MAX; count++)
			exchange(types[i], count);
}

TEST_MAIN(messages_arrive)
