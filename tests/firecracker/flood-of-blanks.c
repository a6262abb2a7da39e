/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A peer that sends blanks without end is refused after 64 KiB, in whatever pieces they come. */
#include "firecracker.h"

static void expect_flood(size_t piece)
{
	static char blanks[LIBUFFD_FC_MAX];
	struct line l = line_make();
	size_t came = 0;
	int ret = 0;

	memset(blanks, ' ', sizeof(blanks));
	while (ret == 0 && came <= 2 * LIBUFFD_FC_MAX) {
		EXPECT(send(l.vmm, blanks, piece, 0), piece);
		came += piece;
		ret = uffd_fc_receive(l.receiver);
	}
	EXPECT(ret, -E2BIG);
	ck_assert_uint_eq(came, LIBUFFD_FC_MAX / piece * piece + piece);
	ck_assert_str_eq(uffd_fc_reason(l.receiver), "longer than 65536 bytes");
	line_free(&l);
}

static void flood_of_blanks(void)
{
	expect_flood(16);
	expect_flood(1000);
	expect_flood(32768);
}

TEST_MAIN(flood_of_blanks)
