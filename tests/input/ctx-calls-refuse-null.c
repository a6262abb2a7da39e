/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Every function of a context says EINVAL to a NULL pointer, or has nothing to tell. */
#include "input.h"

static void null_pointers(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_stats stats = {.size = sizeof(stats)};
	uint64_t offset = 77;
	int fd = 77;

	EXPECT(uffd_ctx_fd(NULL), -EINVAL);
	ck_assert_uint_eq(uffd_ctx_features(NULL), 0);
	EXPECT(uffd_ctx_stats(NULL, &stats), -EINVAL);
	EXPECT(uffd_ctx_stats(ctx, NULL), -EINVAL);
	EXPECT(uffd_ctx_release(NULL, &fd), -EINVAL);
	EXPECT(uffd_ctx_release(ctx, NULL), -EINVAL);
	EXPECT(uffd_ctx_close(NULL, LIBUFFD_CLOSE_DROP), -EINVAL);
	ck_assert_ptr_null(uffd_region_lookup(NULL, &fd, &offset));
	ck_assert_ptr_null(uffd_region_lookup(ctx, NULL, &offset));
	ck_assert_ptr_null(uffd_region_lookup(ctx, &fd, NULL));
	ck_assert_ptr_null(uffd_region_lookup(ctx, (void *)UINTPTR_MAX, NULL));
	ck_assert_uint_eq(offset, 77);
	ck_assert_int_eq(fd, 77);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(null_pointers)
