/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd_ctx_stats() refuses a size that is no struct of its own and writes nothing. */
#include "input.h"

static void refuses(struct uffd_ctx *ctx, uint64_t size, int error)
{
	struct {
		struct uffd_stats stats;
		uint64_t tail[8];
	} s;

	memset(&s, 0x77, sizeof(s));
	s.stats.size = size;
	EXPECT(uffd_ctx_stats(ctx, &s.stats), error);
	ck_assert_uint_eq(s.stats.size, size);
	s.stats.size = UINT64_C(0x7777777777777777);
	for (size_t i = 0; i < sizeof(s); i++)
		ck_assert_int_eq(((unsigned char *)&s)[i], 0x77);
}

static void wrong_size(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_stats stats = {.size = sizeof(stats)};

	refuses(ctx, 0, -EINVAL);
	refuses(ctx, 1, -EINVAL);
	refuses(ctx, 7, -EINVAL);
	refuses(ctx, sizeof(stats) - 1, -EINVAL);
	refuses(ctx, sizeof(stats) + 8, -E2BIG);
	refuses(ctx, sizeof(stats) + 64, -E2BIG);
	refuses(ctx, UINT64_MAX - 7, -E2BIG);
	EXPECT(uffd_ctx_stats(ctx, &stats), 0);
	ck_assert_uint_eq(stats.size, sizeof(stats));
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(wrong_size)
