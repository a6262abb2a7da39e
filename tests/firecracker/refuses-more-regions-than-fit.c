/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* More regions than the caller has room for are refused, and more than a table may have. */
#include "firecracker.h"

static char text[LIBUFFD_FC_MAX];

static size_t write_regions(uint32_t many)
{
	size_t n = 0;

	for (uint32_t i = 0; i < many; i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n,
				      "%c{\"base_host_virt_addr\":%" PRIu32
				      ",\"size\":4096,\"offset\":%" PRIu32 "}",
				      i ? ',' : '[', (i + 1) * 4096, i * 4096);
	text[n++] = ']';
	return n;
}

static void expect_room(uint32_t many, uint32_t room, int wanted, const char *wanted_reason)
{
	struct uffd_peer_region regions[LIBUFFD_PEER_REGIONS_MAX + 1];
	char reason[LIBUFFD_FC_REASON_MAX];
	uint32_t count = room;

	EXPECT(uffd_fc_parse(text, write_regions(many), CONTENT, regions, &count, reason), wanted);
	ck_assert_str_eq(reason, wanted_reason);
	ck_assert_uint_eq(count, wanted ? room : many);
}

static void refuses_more_regions_than_fit(void)
{
	expect_room(2, 2, 0, "");
	expect_room(2, 1, -E2BIG, "2 regions, room for 1");
	expect_room(1, 0, -E2BIG, "1 regions, room for 0");
	expect_room(256, 256, 0, "");
	expect_room(256, 257, 0, "");
	expect_room(257, 256, -E2BIG, "257 regions, room for 256");
	expect_room(257, 257, -EINVAL, "257 regions, 256 at most");
}

TEST_MAIN(refuses_more_regions_than_fit)
