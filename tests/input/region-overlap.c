/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A region over another one of the same context is EEXIST, however it overlaps; beside it is none.
 */
#include "input.h"

static void overlap(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_region *middle, *left, *right;
	struct test_memory m;
	uint8_t *at;
	size_t page;
	uint64_t offset;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 16);
	at = m.at;
	page = m.page;
	middle = region_make(ctx, at + 4 * page, 8 * page, LIBUFFD_MISSING,
			     (struct uffd_region_opts){.fault = fault_never});
#define OVERLAPS(first, pages)                                                                     \
	REFUSES_REGION(ctx, at + (first)*page, (pages)*page, LIBUFFD_MISSING, -EEXIST,             \
		       .fault = fault_never)
	OVERLAPS(4, 8);  /* the same */
	OVERLAPS(0, 5);  /* its first page */
	OVERLAPS(11, 5); /* its last page */
	OVERLAPS(6, 2);  /* inside */
	OVERLAPS(4, 1);
	OVERLAPS(11, 1);
	OVERLAPS(0, 16); /* around it */
	OVERLAPS(4, 12);
	OVERLAPS(0, 12);
	ck_assert_ptr_eq(uffd_region_lookup(ctx, at + 4 * page, &offset), middle);
	ck_assert_uint_eq(offset, 0);
	ck_assert_ptr_eq(uffd_region_lookup(ctx, at + 12 * page - 1, &offset), middle);
	ck_assert_uint_eq(offset, 8 * page - 1);
	ck_assert_ptr_null(uffd_region_lookup(ctx, at + 4 * page - 1, NULL));
	ck_assert_ptr_null(uffd_region_lookup(ctx, at + 12 * page, NULL));
	expect_unregistered(at, 4 * page);
	expect_unregistered(at + 12 * page, 4 * page);

	left = region_make(ctx, at, 4 * page, LIBUFFD_MISSING,
			   (struct uffd_region_opts){.fault = fault_never});
	right = region_make(ctx, at + 12 * page, 4 * page, LIBUFFD_MISSING,
			    (struct uffd_region_opts){.fault = fault_never});
	OVERLAPS(3, 2); /* two of them */
	EXPECT(uffd_region_remove(middle, LIBUFFD_CLOSE_DROP), 0);
	OVERLAPS(0, 16); /* both ends, with a gap between them */
	ck_assert_ptr_eq(uffd_region_lookup(ctx, at, NULL), left);
	ck_assert_ptr_eq(uffd_region_lookup(ctx, at + 12 * page, NULL), right);
	expect_unregistered(at + 4 * page, 8 * page);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

TEST_MAIN(overlap)
