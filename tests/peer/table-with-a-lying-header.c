/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A header that is none, or that says what cannot be, is refused without waiting for what it
 * promises; one that promises more than comes is refused when its sender closes.
 */
#include "wire.h"

static void refuses(int type, int uffd, struct wire w, size_t length, bool closes, int error)
{
	struct received got;
	int s[2];

	sockets_make(s, type);
	ck_assert_int_eq(send_plain(s[0], &w, length, &uffd, 1), (ssize_t)length);
	if (closes)
		ck_assert_int_eq(shutdown(s[0], SHUT_WR), 0);
	EXPECT(table_receive(s[1], &got), error);
	close_both(s);
}

/* With nothing behind the header: whoever waited for it would not come back. */
static void refuses_header(int uffd, uint64_t magic, uint32_t format, uint32_t count)
{
	struct wire w = wire_make(1);

	w.magic = magic;
	w.format = format;
	w.count = count;
	refuses(SOCK_STREAM, uffd, w, 24, false, -EPROTO);
	refuses(SOCK_SEQPACKET, uffd, w, 24, false, -EPROTO);
}

static void lying_header(void)
{
	const uint32_t counts[] = {0, 257, 258, 65536, 0x08000001, 0x80000000, UINT32_MAX};
	int uffd = uffd_make();

	refuses_header(uffd, 0, 1, 1);
	refuses_header(uffd, WIRE_MAGIC + 1, 1, 1);
	refuses_header(uffd, __builtin_bswap64(WIRE_MAGIC), 1, 1);
	refuses_header(uffd, UINT64_C(0x5b7b22626173655f), 1, 1); /* text, such as JSON */
	refuses_header(uffd, WIRE_MAGIC, 0, 1);
	refuses_header(uffd, WIRE_MAGIC, 2, 1);
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++)
		refuses_header(uffd, WIRE_MAGIC, 1, counts[i]);

	for (size_t length = 1; length < wire_length(2); length++) {
		refuses(SOCK_STREAM, uffd, wire_make(2), length, true, -ECONNRESET);
		refuses(SOCK_SEQPACKET, uffd, wire_make(2), length, false, -EPROTO);
	}
	/* Of a message more than it says is none either. */
	refuses(SOCK_SEQPACKET, uffd, wire_make(2), wire_length(2) + 1, false, -EPROTO);
	refuses(SOCK_SEQPACKET, uffd, wire_make(2), wire_length(3), false, -EPROTO);
	refuses(SOCK_SEQPACKET, uffd, wire_make(256), wire_length(256) + 1, false, -EMSGSIZE);
	close(uffd);
}

TEST_MAIN(lying_header)
