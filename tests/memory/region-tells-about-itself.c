/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Addresses to offsets and back, and the rest of what a region says about itself. */
#include "claims.h"

static void tells(uint32_t backing)
{
	size_t n = claim_pages(backing);
	uint64_t offset = 77;
	struct served s;
	uint8_t *at;

	claims_make(&s, backing, 0, 0, 0);
	at = s.m.at;
	ck_assert_uint_eq(uffd_region_length(s.region), s.m.length);
	ck_assert_uint_eq(uffd_region_page_size(s.region), s.m.page);
	ck_assert_uint_eq(uffd_region_backing(s.region), backing);
	ck_assert_ptr_eq(uffd_region_user(s.region), &s);
	ck_assert_ptr_eq(uffd_region_ctx(s.region), s.ctx);

	ck_assert_ptr_eq(uffd_region_lookup(s.ctx, at, &offset), s.region);
	ck_assert_uint_eq(offset, 0);
	ck_assert_ptr_eq(uffd_region_lookup(s.ctx, at + s.m.length - 1, &offset), s.region);
	ck_assert_uint_eq(offset, s.m.length - 1);
	ck_assert_ptr_eq(uffd_region_lookup(s.ctx, at + s.m.page + 5, NULL), s.region);
	ck_assert_ptr_null(uffd_region_lookup(s.ctx, at - 1, &offset));
	ck_assert_ptr_null(uffd_region_lookup(s.ctx, at + s.m.length, &offset));
	ck_assert_ptr_null(uffd_region_lookup(s.ctx, NULL, &offset));
	ck_assert_ptr_null(uffd_region_lookup(NULL, at, &offset));
	ck_assert_uint_eq(offset, s.m.length - 1);

	ck_assert_ptr_eq(uffd_region_address(s.region, 0), at);
	ck_assert_ptr_eq(uffd_region_address(s.region, s.m.page + 5), at + s.m.page + 5);
	ck_assert_ptr_eq(uffd_region_address(s.region, s.m.length - 1), at + s.m.length - 1);
	ck_assert_ptr_null(uffd_region_address(s.region, s.m.length));
	ck_assert_ptr_null(uffd_region_address(s.region, UINT64_MAX));
	ck_assert_ptr_null(uffd_region_address(NULL, 0));

	ck_assert_int_eq(uffd_region_page(s.region, 0), LIBUFFD_PAGE_EMPTY);
	ck_assert_int_eq(uffd_region_page(s.region, s.m.length - 1), LIBUFFD_PAGE_EMPTY);
	ck_assert_int_eq(uffd_region_page(s.region, s.m.length), -ERANGE);
	ck_assert_int_eq(uffd_region_page(NULL, 0), -EINVAL);
	claim(&s, n - 1, 1);
	ck_assert_int_eq(uffd_region_page(s.region, s.m.length - 1), LIBUFFD_PAGE_BUSY);
	ck_assert_int_eq(uffd_region_page(s.region, s.m.length - s.m.page - 1), LIBUFFD_PAGE_EMPTY);
	ck_assert_int_eq(uffd_abandon(s.region, (n - 1) * s.m.page, s.m.page), 0);

	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_DROP), 0);
	ck_assert_ptr_null(uffd_region_lookup(s.ctx, at, NULL));
	serve_end(&s);
}

static void about_itself(void)
{
	each_backing(tells);
	ck_assert_uint_eq(uffd_region_length(NULL), 0);
	ck_assert_uint_eq(uffd_region_page_size(NULL), 0);
	ck_assert_uint_eq(uffd_region_backing(NULL), LIBUFFD_BACKING_DETECT);
	ck_assert_ptr_null(uffd_region_user(NULL));
	ck_assert_ptr_null(uffd_region_ctx(NULL));
}
TEST_MAIN(about_itself)
