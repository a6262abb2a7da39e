/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Memory of a KVM guest is refused by contexts that cannot serve the faults of the kernel. */
#include "input.h"

static void refuses(struct uffd_ctx *ctx)
{
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING, -EACCES, .fault = fault_never,
		       .flags = LIBUFFD_REGION_KVM);
	expect_unregistered(m.at, m.length);
	EXPECT(uffd_region_remove(REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never),
				  LIBUFFD_CLOSE_DROP),
	       0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

static void kernel_faults(void)
{
	struct uffd_ctx_opts o = {.size = sizeof(o), .flags = LIBUFFD_CTX_USER_MODE_ONLY};
	struct uffd_ctx *ctx = NULL;

	refuses(ctx_make(LIBUFFD_CTX_USER_MODE_ONLY, 0));
	refuses(ctx_make(0, UFFD_FEATURE_SIGBUS));
	EXPECT(uffd_ctx_adopt(&ctx, test_uffd(0), 0, &o), 0);
	refuses(ctx);
}

TEST_MAIN(kernel_faults)
