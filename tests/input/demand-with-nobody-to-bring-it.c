/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Content that nobody brings cannot be demanded or prefetched: EOPNOTSUPP. */
#include "input.h"

static void nobody(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MINOR_SHMEM);
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	r = REGION(ctx, &m, LIBUFFD_MINOR, .flags = LIBUFFD_REGION_TRUST_CACHE);
	EXPECT(uffd_demand(r, 0, m.length, NULL), -EOPNOTSUPP);
	EXPECT(uffd_prefetch(r, 0, m.length), -EOPNOTSUPP);
	EXPECT(uffd_region_page(r, 0), LIBUFFD_PAGE_EMPTY);
	/* What is complete needs nobody. */
	ck_assert_int_eq(fallocate(m.fd, 0, 0, (off_t)m.length), 0);
	EXPECT(uffd_claim(r, 0, m.page, &e), 0);
	EXPECT(uffd_continue(r, 0, m.page, 0), 0);
	EXPECT(uffd_demand(r, 0, m.page, NULL), 0);
	EXPECT(uffd_prefetch(r, 0, m.page), 0);
	EXPECT(uffd_demand(r, 0, m.length, NULL), -EOPNOTSUPP);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	ctx = ctx_make(0, UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	r = REGION(ctx, &m, LIBUFFD_WP, .wp_fault = wp_never);
	EXPECT(uffd_demand(r, 0, m.length, NULL), -EOPNOTSUPP);
	EXPECT(uffd_prefetch(r, 0, m.length), -EOPNOTSUPP);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(nobody)
