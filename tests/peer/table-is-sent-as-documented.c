/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A table is one message: 24 bytes and 32 a region, and the descriptor with it. It is received as
 * it was sent, by streams and by sockets that keep messages apart.
 */
#include "wire.h"

static void sent_bytes(uint32_t count)
{
	struct wire w = wire_make(count), got;
	int s[2], uffd = uffd_make(), fd = -1;
	uint32_t descriptors = 1;

	memset(&got, 0, sizeof(got));
	sockets_make(s, SOCK_SEQPACKET);
	EXPECT(uffd_peer_send(s[0], uffd, w.features, w.regions, count), 0);
	EXPECT(uffd_fdpass_receive(s[1], &got, sizeof(got), &fd, &descriptors), wire_length(count));
	ck_assert_int_eq(memcmp(&got, &w, wire_length(count)), 0);
	ck_assert_uint_eq(descriptors, 1);
	/* Every userfaultfd is the same inode: this one has had its handshake. */
	EXPECT(uffd_raw_wake(fd, 1u << 30, 4096), 0);
	EXPECT(uffd_raw_api(fd, 0, NULL, NULL), -EINVAL);
	close(fd);
	close(uffd);
	close_both(s);
}

static void received(int type, uint32_t count)
{
	struct wire w = wire_make(count);
	int s[2], uffd = uffd_make();
	struct received got;
	char byte = 0;

	sockets_make(s, type);
	EXPECT(uffd_peer_send(s[0], uffd, w.features, w.regions, count), 0);
	EXPECT(uffd_fdpass_send(s[0], "!", 1, NULL, 0), 0);
	EXPECT(table_receive(s[1], &got), 0);
	table_is(&got, &w);
	ck_assert_int_eq(fcntl(got.uffd, F_GETFD), FD_CLOEXEC);
	close(got.uffd);
	/* What comes behind it has not been touched. */
	ck_assert_int_eq(read(s[1], &byte, 1), 1);
	ck_assert_int_eq(byte, '!');
	close(uffd);
	close_both(s);
}

/* Also where it comes in one piece with the next message. */
static void reads_nothing_behind(void)
{
	struct wire w = wire_make(2);
	size_t length = wire_length(2) + 1;
	int s[2], uffd = uffd_make();
	struct received got;
	char byte = 0;

	memset(&w.regions[2], '!', 1);
	sockets_make(s, SOCK_STREAM);
	ck_assert_int_eq(send_plain(s[0], &w, length, &uffd, 1), (ssize_t)length);
	EXPECT(table_receive(s[1], &got), 0);
	table_is(&got, &w);
	close(got.uffd);
	ck_assert_int_eq(read(s[1], &byte, 1), 1);
	ck_assert_int_eq(byte, '!');
	close(uffd);
	close_both(s);
}

static void sent_as_documented(void)
{
	const uint32_t counts[] = {1, 2, 7, LIBUFFD_PEER_REGIONS_MAX};

	for (size_t i = 0; i < 4; i++) {
		sent_bytes(counts[i]);
		received(SOCK_STREAM, counts[i]);
		received(SOCK_SEQPACKET, counts[i]);
		received(SOCK_DGRAM, counts[i]);
	}
	reads_nothing_behind();
}

TEST_MAIN(sent_as_documented)
