/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What every version of Firecracker sends is understood, byte for byte. */
#include "firecracker.h"

static void expect_parsed(const char *text, const struct uffd_peer_region *wanted, uint32_t many)
{
	struct uffd_peer_region regions[LIBUFFD_PEER_REGIONS_MAX];
	char reason[LIBUFFD_FC_REASON_MAX] = "old";
	uint32_t count = many;

	ck_assert_msg(uffd_fc_parse(text, strlen(text), CONTENT, regions, &count, reason) == 0,
		      "%s: %s", text, reason);
	ck_assert_str_eq(reason, "");
	expect_regions(regions, count, wanted, many);
	EXPECT(uffd_fc_parse(text, strlen(text), CONTENT, regions, &count, NULL), 0);
}

static void accepts_every_version(void)
{
	const struct uffd_peer_region huge = {1 << 30, 2 * MIB, 4096, 2 * MIB};

	for (uint32_t v = LIBUFFD_FC_1_1; v <= LIBUFFD_FC_1_12; v++)
		expect_parsed(wire[v], wire_regions, 2);
	expect_parsed("[" OBJECT("\"offset\":4096,\"page_size_kib\":2097152") "]", &huge, 1);
	expect_parsed("[" OBJECT("\"offset\":4096,\"page_size\":2097152") "]", &huge, 1);
	/* As another program might write it. */
	expect_parsed(" \t\r\n[ { \"page_size\" : 2097152 , \"offset\":4096,\"size\":2097152\n,"
		      "\"base_host_virt_\\u0061ddr\":1073741824 } ]\n \r\t",
		      &huge, 1);
}

TEST_MAIN(accepts_every_version)
