/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Addresses of the kernel, and those between, are nobody's memory. */
#include "input.h"

static void beyond(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	static const uint64_t starts[] = {UINT64_C(1) << 47, UINT64_C(1) << 56, UINT64_C(1) << 62,
					  UINT64_C(0xffff800000000000),
					  UINT64_C(0xffffffff81000000)};

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
		REFUSES_REGION(ctx, (void *)(uintptr_t)starts[i], 4096, LIBUFFD_MISSING, -ENXIO,
			       .fault = fault_never);
		REFUSES_REGION(ctx, (void *)(uintptr_t)starts[i], 4096, LIBUFFD_MISSING,
			       -EOPNOTSUPP, .fault = fault_never, .flags = LIBUFFD_REGION_FOREIGN,
			       .backing = LIBUFFD_BACKING_ANON, .page_size = 4096);
		ck_assert_ptr_null(uffd_region_lookup(ctx, (void *)(uintptr_t)starts[i], NULL));
	}
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(beyond)
