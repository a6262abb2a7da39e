/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Memory unmapped under a region is ENOENT; the claim is given up and nobody sleeps for it. */
#include "input.h"

static void unmapped(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_POISON | UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m;
	uint8_t content[8 * 4096] = {0};

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 8);
	r = REGION(ctx, &m, LIBUFFD_MISSING | LIBUFFD_WP, .fault = fault_never,
		   .wp_fault = wp_never);
	EXPECT(uffd_claim(r, 0, m.length, &e), 0);
	munmap((uint8_t *)m.at + 4 * m.page, 4 * m.page);
	EXPECT(uffd_writeprotect(r, 4 * m.page, m.page, 1), -ENOENT);
	EXPECT(uffd_zero(r, 4 * m.page, m.page, 0), -ENOENT);
	EXPECT(uffd_poison(r, 5 * m.page, m.page), -ENOENT);
	/* What is still mapped is complete. */
	EXPECT(uffd_copy(r, 2 * m.page, content, m.page, 0), 0);
	EXPECT(uffd_copy(r, 3 * m.page, content, m.page, 0), 0);
	EXPECT(uffd_copy(r, 6 * m.page, content, 2 * m.page, 0), -ENOENT);
	EXPECT(uffd_copy(r, 0, content, 2 * m.page, 0), 0);
	for (uint64_t page = 4; page < 8; page++) {
		int state = uffd_region_page(r, page * m.page);

		ck_assert_msg(LIBUFFD_PAGE_STATE(state) != LIBUFFD_PAGE_BUSY, "page %d: state %d",
			      (int)page, state);
		ck_assert_int_lt(uffd_demand(r, page * m.page, m.page, NULL), 0);
	}
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(m.at, 4 * m.page);
}

TEST_MAIN(unmapped)
