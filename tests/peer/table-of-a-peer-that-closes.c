/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A peer that closes in the middle of a table, at whichever byte, is -ECONNRESET; nothing stays open. */
#include "wire.h"

static void closes_at(int uffd, size_t length)
{
	struct wire w = wire_make(2);
	struct receiver r;
	int s[2];

	sockets_make(s, SOCK_STREAM);
	receiver_start(&r, s[1]);
	if (length)
		ck_assert_int_eq(send_plain(s[0], &w, length, &uffd, 1), (ssize_t)length);
	wait_taken(s[0], &r);
	ck_assert(!atomic_load(&r.call.done));
	close(s[0]);
	EXPECT(call_join(&r.call), -ECONNRESET);
	ck_assert_int_eq(r.got.uffd, 0);
	ck_assert_uint_eq(r.got.count, LIBUFFD_PEER_REGIONS_MAX);
	close(s[1]);
}

static void peer_that_closes(void)
{
	int uffd = uffd_make();

	for (size_t length = 0; length < wire_length(2); length++)
		closes_at(uffd, length);
	close(uffd);
}

TEST_MAIN(peer_that_closes)
