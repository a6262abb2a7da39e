/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A foreign range that no process can have is refused without taking the memory to describe it. */
#include "input.h"

#define REFUSES(length, error)                                                                     \
	REFUSES_REGION(ctx, (void *)4096, length, LIBUFFD_MISSING, error, .fault = fault_never,    \
		       .flags = LIBUFFD_REGION_FOREIGN, .backing = LIBUFFD_BACKING_ANON,           \
		       .page_size = 4096)

static void too_large(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);

	REFUSES(UINT64_C(1) << 62, -ENOMEM);
	REFUSES(UINT64_MAX - 8191, -ENOMEM);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(too_large)
