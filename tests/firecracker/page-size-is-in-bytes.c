/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* page_size_kib is in bytes, as page_size is; 4096 is meant where neither is there. */
#include "firecracker.h"

static void expect_page(const char *text, uint64_t page)
{
	struct uffd_peer_region r;
	uint32_t count = 1;

	EXPECT(uffd_fc_parse(text, strlen(text), CONTENT, &r, &count, NULL), 0);
	ck_assert_uint_eq(r.page_size, page);
}

static void page_size_is_in_bytes(void)
{
	expect_page("[" REGION "]", 4096);
	expect_page("[" OBJECT("\"offset\":0,\"page_size_kib\":4096") "]", 4096);
	expect_page("[" OBJECT("\"offset\":0,\"page_size_kib\":2097152") "]", 2 * MIB);
	expect_page("[" OBJECT("\"offset\":0,\"page_size\":65536") "]", 65536);
	expect_page("[" OBJECT("\"offset\":0,\"page_size\":65536,\"page_size_kib\":65536") "]",
		    65536);
}

TEST_MAIN(page_size_is_in_bytes)
