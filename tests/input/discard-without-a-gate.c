/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd_discard() is EOPNOTSUPP on a context that neither hears of discards nor was told to. */
#include "input.h"

static void without_gate(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_region *r;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never);
	EXPECT(uffd_discard(r, 0, m.page), -EOPNOTSUPP);
	EXPECT(uffd_region_page(r, 0), LIBUFFD_PAGE_EMPTY);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);

	/* UNMAP events alone are no answer either. */
	ctx = ctx_make(0, UFFD_FEATURE_EVENT_UNMAP);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never);
	EXPECT(uffd_discard(r, 0, m.page), -EOPNOTSUPP);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);

	ctx = ctx_make(LIBUFFD_CTX_DISCARDS, 0);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never);
	EXPECT(uffd_discard(r, 0, m.page), 0);
	EXPECT(uffd_region_page(r, 0), LIBUFFD_PAGE_EMPTY | LIBUFFD_PAGE_DISCARDED);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

TEST_MAIN(without_gate)
