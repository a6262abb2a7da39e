/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A completion over a range whose middle was unmapped is ENOENT, and both ends are complete. */
#include "input.h"

static void across(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m;
	uint8_t content[8 * 4096];

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 8);
	memset(content, 0x77, sizeof(content));
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never);
	EXPECT(uffd_claim(r, 0, m.length, &e), 0);
	munmap((uint8_t *)m.at + 3 * m.page, m.page);
	EXPECT(uffd_copy(r, 0, content, m.length, 0), -ENOENT);
	for (uint64_t page = 0; page < 8; page++) {
		if (page == 3)
			continue;
		EXPECT(uffd_region_page(r, page * m.page), LIBUFFD_PAGE_CACHED);
		ck_assert_uint_eq(((volatile uint8_t *)m.at)[page * m.page], 0x77);
	}
	ck_assert_int_ne(LIBUFFD_PAGE_STATE(uffd_region_page(r, 3 * m.page)), LIBUFFD_PAGE_BUSY);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(m.at, m.length);
}

TEST_MAIN(across)
