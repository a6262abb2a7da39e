/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd_claim() where nothing is empty: EBUSY while a page is being filled, EALREADY when all are.
 */
#include "input.h"

static void busy_or_done(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_POISON);
	struct uffd_extent e, refused = {.offset = 77};
	struct uffd_region *r;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 40);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never);
	EXPECT(uffd_claim(r, 0, m.length, &e), 0);
	ck_assert_uint_eq(e.length, m.length);
	ck_assert_uint_eq(e.kind, LIBUFFD_PREFETCH);
	EXPECT(uffd_claim(r, 0, m.length, &refused), -EBUSY);
	EXPECT(uffd_zero(r, 0, 39 * m.page, 0), 0);
	EXPECT(uffd_claim(r, 0, m.length, &refused), -EBUSY);
	EXPECT(uffd_claim(r, 0, 39 * m.page, &refused), -EALREADY);
	EXPECT(uffd_poison(r, 39 * m.page, m.page), 0);
	EXPECT(uffd_claim(r, 39 * m.page, m.page, &refused), -EALREADY);
	EXPECT(uffd_claim(r, 0, m.length, &refused), -EALREADY);
	ck_assert_uint_eq(refused.offset, 77);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(busy_or_done)
