/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Of regions that overlap, the reason names the two that do, whichever was found first. */
#include "firecracker.h"

#define R(address, size) "{\"base_host_virt_addr\":" #address ",\"size\":" #size ",\"offset\":0}"

static void expect_overlap(const char *text, const char *one, const char *other)
{
	struct uffd_peer_region regions[4];
	char reason[LIBUFFD_FC_REASON_MAX];
	uint32_t count = 4;

	EXPECT(uffd_fc_parse(text, strlen(text), CONTENT, regions, &count, reason), -EEXIST);
	if (strcmp(reason, one) != 0)
		ck_assert_str_eq(reason, other);
}

static void refuses_regions_that_overlap(void)
{
	expect_overlap("[" R(8192, 8192) "," R(12288, 4096) "]",
		       "region 0: 0x2000, 8192 bytes, overlaps region 1",
		       "region 1: 0x3000, 4096 bytes, overlaps region 0");
	expect_overlap(
		"[" R(4096, 4096) "," R(16384, 8192) "," R(8192, 4096) "," R(20480, 8192) "]",
		"region 1: 0x4000, 8192 bytes, overlaps region 3",
		"region 3: 0x5000, 8192 bytes, overlaps region 1");
	expect_overlap("[" R(8192, 8192) "," R(4096, 4096) "," R(8192, 8192) "]",
		       "region 0: 0x2000, 8192 bytes, overlaps region 2",
		       "region 2: 0x2000, 8192 bytes, overlaps region 0");
}

TEST_MAIN(refuses_regions_that_overlap)
