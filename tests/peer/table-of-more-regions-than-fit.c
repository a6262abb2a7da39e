/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A table of more regions than the caller has room for is -E2BIG, and writes to none of it. */
#include "wire.h"

static void exchange(int uffd, uint32_t sent, uint32_t room)
{
	struct uffd_peer_region regions[8], untouched;
	struct wire w = wire_make(sent);
	uint32_t count = room;
	uint64_t features = 0;
	int s[2], fd = -5;

	memset(regions, 0x5e, sizeof(regions));
	memset(&untouched, 0x5e, sizeof(untouched));
	sockets_make(s, SOCK_STREAM);
	EXPECT(uffd_peer_send(s[0], uffd, w.features, w.regions, sent), 0);
	EXPECT(uffd_peer_receive(s[1], &fd, &features, regions, &count), sent > room ? -E2BIG : 0);
	for (uint32_t i = sent > room ? 0 : sent; i < 8; i++)
		ck_assert_int_eq(memcmp(&regions[i], &untouched, sizeof(untouched)), 0);
	if (sent > room) {
		ck_assert_int_eq(fd, -5);
		ck_assert_uint_eq(count, room);
	} else {
		ck_assert_uint_eq(count, sent);
		close(fd);
	}
	close_both(s);
}

static void more_than_fit(void)
{
	int uffd = uffd_make();

	for (uint32_t room = 0; room < 8; room++)
		for (uint32_t sent = 1; sent <= 8; sent++)
			exchange(uffd, sent, room);
	close(uffd);
}

TEST_MAIN(more_than_fit)
