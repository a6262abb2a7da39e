/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Memory registered with another userfaultfd is EBUSY, and stays that one's. */
#include "input.h"

static void elsewhere(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0), *other = ctx_make(0, 0);
	struct uffd_region *r;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 4);
	r = region_make(other, (uint8_t *)m.at + m.page, m.page, LIBUFFD_MISSING,
			(struct uffd_region_opts){.fault = fault_never});
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING, -EBUSY, .fault = fault_never);
	ck_assert_ptr_null(uffd_region_lookup(ctx, (uint8_t *)m.at + m.page, NULL));
	expect_unregistered(m.at, m.page);
	expect_unregistered((uint8_t *)m.at + 2 * m.page, 2 * m.page);
	ck_assert_ptr_eq(uffd_region_lookup(other, (uint8_t *)m.at + m.page, NULL), r);
	EXPECT(uffd_ctx_close(other, LIBUFFD_CLOSE_DROP), 0);
	EXPECT(uffd_region_remove(REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never),
				  LIBUFFD_CLOSE_DROP),
	       0);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(elsewhere)
