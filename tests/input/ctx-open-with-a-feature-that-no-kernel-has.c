/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A required feature that the kernel lacks is an error, an optional one is not taken. */
#include "input.h"

#define NO_FEATURE (UINT64_C(1) << 63)

static void no_such_feature(void)
{
	struct uffd_ctx_opts o = {.size = sizeof(o), .features = NO_FEATURE};
	struct uffd_ctx *ctx = NO_HANDLE(struct uffd_ctx);

	close(test_uffd(0));
	EXPECT(uffd_ctx_open(&ctx, &o), -EOPNOTSUPP);
	o.features = UINT64_MAX;
	EXPECT(uffd_ctx_open(&ctx, &o), -EOPNOTSUPP);
	o.flags = LIBUFFD_CTX_USER_MODE_ONLY;
	EXPECT(uffd_ctx_open(&ctx, &o), -EOPNOTSUPP);
	ck_assert_ptr_eq(ctx, NO_HANDLE(struct uffd_ctx));

	o = (struct uffd_ctx_opts){.size = sizeof(o), .optional_features = NO_FEATURE};
	EXPECT(uffd_ctx_open(&ctx, &o), 0);
	ck_assert(!(uffd_ctx_features(ctx) & NO_FEATURE));
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(no_such_feature)
