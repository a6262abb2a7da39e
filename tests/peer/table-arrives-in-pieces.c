/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A table that arrives byte by byte, or in two pieces cut anywhere, is received whole. */
#include "wire.h"

/* Each piece is sent when the one before has been taken. */
static void arrives(int uffd, uint32_t count, size_t first, size_t step)
{
	struct wire w = wire_make(count);
	size_t length = wire_length(count), at = first;
	struct receiver r;
	int s[2];

	sockets_make(s, SOCK_STREAM);
	receiver_start(&r, s[1]);
	ck_assert_int_eq(send_plain(s[0], &w, first, &uffd, 1), (ssize_t)first);
	while (at < length) {
		size_t piece = length - at < step ? length - at : step;

		wait_taken(s[0], &r);
		ck_assert_int_eq(send_plain(s[0], (char *)&w + at, piece, NULL, 0), (ssize_t)piece);
		at += piece;
	}
	EXPECT(call_join(&r.call), 0);
	table_is(&r.got, &w);
	close(r.got.uffd);
	close_both(s);
}

static void arrives_in_pieces(void)
{
	int uffd = uffd_make();

	arrives(uffd, 1, 1, 1);
	arrives(uffd, 20, 1, 1);
	for (size_t first = 1; first < wire_length(3); first++)
		arrives(uffd, 3, first, wire_length(3));
	close(uffd);
}

TEST_MAIN(arrives_in_pieces)
