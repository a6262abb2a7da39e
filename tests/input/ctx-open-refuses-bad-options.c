/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd_ctx_open() refuses what it does not know, and leaves the result as it was. */
#include "input.h"

static void refuses(struct uffd_ctx_opts o, int error)
{
	struct uffd_ctx *ctx = NO_HANDLE(struct uffd_ctx);

	EXPECT(uffd_ctx_open(&ctx, &o), error);
	ck_assert_ptr_eq(ctx, NO_HANDLE(struct uffd_ctx));
}

static void bad_options(void)
{
	const uint64_t size = sizeof(struct uffd_ctx_opts);

	EXPECT(uffd_ctx_open(NULL, NULL), -EINVAL);
	EXPECT(uffd_ctx_open(NULL, &(struct uffd_ctx_opts){.size = size}), -EINVAL);
	refuses((struct uffd_ctx_opts){.size = size, .flags = 1u << 3}, -EINVAL);
	refuses((struct uffd_ctx_opts){.size = size, .flags = 1u << 31}, -EINVAL);
	refuses((struct uffd_ctx_opts){.size = size, .flags = UINT32_MAX}, -EINVAL);
	refuses((struct uffd_ctx_opts){.size = size, .reserved = 1}, -EINVAL);
	for (uint64_t smaller = 0; smaller < size; smaller++)
		refuses((struct uffd_ctx_opts){.size = smaller}, -EINVAL);
}

TEST_MAIN(bad_options)
