/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A page or address past the region's end is ERANGE or NULL; any byte within a page is that page.
 */
#include "input.h"

static void out_of_range(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never);
	EXPECT(uffd_claim(r, m.page, m.page, &e), 0);
	EXPECT(uffd_region_page(r, m.length), -ERANGE);
	EXPECT(uffd_region_page(r, m.length + 1), -ERANGE);
	EXPECT(uffd_region_page(r, UINT64_MAX), -ERANGE);
	EXPECT(uffd_region_page(r, m.page - 1), LIBUFFD_PAGE_EMPTY);
	EXPECT(uffd_region_page(r, m.page), LIBUFFD_PAGE_BUSY);
	EXPECT(uffd_region_page(r, m.length - 1), LIBUFFD_PAGE_BUSY);
	ck_assert_ptr_eq(uffd_region_address(r, 0), m.at);
	ck_assert_ptr_eq(uffd_region_address(r, m.length - 1), (uint8_t *)m.at + m.length - 1);
	ck_assert_ptr_null(uffd_region_address(r, m.length));
	ck_assert_ptr_null(uffd_region_address(r, UINT64_MAX));
	ck_assert_ptr_null(uffd_region_alias(r));
	EXPECT(uffd_abandon(r, m.page, m.page), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

TEST_MAIN(out_of_range)
