/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Of a table a region that ends behind its content is -ERANGE, and no table is of no region. */
#include "tables.h"

static void ends_with_its_content(void)
{
	struct uffd_peer_region regions[WIRE_REGIONS];
	uint32_t which = 77;

	regions[0] = (struct uffd_peer_region){MIB, MIB, 0, 4096};
	regions[1] = (struct uffd_peer_region){4 * MIB, 2 * MIB, MIB, 4096};
	EXPECT(uffd_peer_check(regions, 2, 3 * MIB, &which), 0);
	EXPECT(uffd_peer_check(regions, 2, 3 * MIB + 1, &which), 0);
	EXPECT(uffd_peer_check(regions, 2, 3 * MIB - 1, &which), -ERANGE);
	ck_assert_uint_eq(which, 1);
	EXPECT(uffd_peer_check(regions, 2, 3 * MIB - 1, NULL), -ERANGE);
	EXPECT(uffd_peer_check(regions, 2, 0, &which), -ERANGE);
	ck_assert_uint_eq(which, 0);
	regions[1].offset = END - 4 * MIB + 1;
	EXPECT(uffd_peer_check(regions, 2, END - 1, &which), 0);
	EXPECT(uffd_peer_check(regions, 2, END - 4 * MIB, &which), -ERANGE);
	ck_assert_uint_eq(which, 1);

	regions_make(regions, WIRE_REGIONS);
	EXPECT(uffd_peer_check(regions, LIBUFFD_PEER_REGIONS_MAX, END, &which), 0);
	EXPECT(uffd_peer_check(regions, LIBUFFD_PEER_REGIONS_MAX + 1, END, &which), -EINVAL);
	EXPECT(uffd_peer_check(regions, UINT32_MAX, END, NULL), -EINVAL);
	EXPECT(uffd_peer_check(regions, 0, END, &which), -EINVAL);
	EXPECT(uffd_peer_check(NULL, 1, END, &which), -EINVAL);
}

TEST_MAIN(ends_with_its_content)
