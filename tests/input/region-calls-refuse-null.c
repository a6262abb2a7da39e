/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Every function of a region, asked about none, refuses or has nothing to tell. */
#include "input.h"

static void null_region(void)
{
	struct uffd_extent e = {.offset = 77};
	uint8_t content[4096] = {0};

	EXPECT(uffd_region_remove(NULL, LIBUFFD_CLOSE_DROP), -EINVAL);
	ck_assert_ptr_null(uffd_region_address(NULL, 0));
	ck_assert_uint_eq(uffd_region_length(NULL), 0);
	ck_assert_uint_eq(uffd_region_page_size(NULL), 0);
	ck_assert_uint_eq(uffd_region_backing(NULL), LIBUFFD_BACKING_DETECT);
	ck_assert_ptr_null(uffd_region_user(NULL));
	ck_assert_ptr_null(uffd_region_ctx(NULL));
	ck_assert_ptr_null(uffd_region_alias(NULL));
	EXPECT(uffd_region_page(NULL, 0), -EINVAL);
	EXPECT(uffd_region_resume(NULL), -EINVAL);
	EXPECT(uffd_copy(NULL, 0, content, 4096, 0), -EINVAL);
	EXPECT(uffd_zero(NULL, 0, 4096, 0), -EINVAL);
	EXPECT(uffd_continue(NULL, 0, 4096, 0), -EINVAL);
	EXPECT(uffd_populate(NULL, 0, content, 4096, 0), -EINVAL);
	EXPECT(uffd_move(NULL, 0, content, 4096, 0), -EINVAL);
	EXPECT(uffd_poison(NULL, 0, 4096), -EINVAL);
	EXPECT(uffd_abandon(NULL, 0, 4096), -EINVAL);
	EXPECT(uffd_claim(NULL, 0, 4096, &e), -EINVAL);
	EXPECT(uffd_claim(NULL, 0, 4096, NULL), -EINVAL);
	ck_assert_uint_eq(e.offset, 77);
	EXPECT(uffd_writeprotect(NULL, 0, 4096, 1), -EINVAL);
	EXPECT(uffd_wake(NULL, 0, 4096), -EINVAL);
	EXPECT(uffd_demand(NULL, 0, 4096, NULL), -EINVAL);
	EXPECT(uffd_prefetch(NULL, 0, 4096), -EINVAL);
	EXPECT(uffd_discard(NULL, 0, 4096), -EINVAL);
}

TEST_MAIN(null_region)
