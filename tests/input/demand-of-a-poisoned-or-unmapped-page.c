/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A demand that meets a poisoned page is EHWPOISON, one that meets an unmapped one ENOENT. */
#include "input.h"

static int zero(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	(void)user;
	uffd_zero(r, e->offset, e->length, 0);
	return 0;
}

static void cannot_come(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_POISON | UFFD_FEATURE_EVENT_UNMAP);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_loop *loop = NULL;
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 4);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = zero, .fault_around = m.page);
	EXPECT(uffd_claim(r, m.page, m.page, &e), 0);
	EXPECT(uffd_poison(r, m.page, m.page), 0);
	EXPECT(uffd_demand(r, m.page, m.page, NULL), -EHWPOISON);
	EXPECT(uffd_demand(r, 0, 3 * m.page, NULL), -EHWPOISON);
	/* The others of the range have come. */
	EXPECT(uffd_demand(r, 0, m.page, NULL), 0);
	EXPECT(uffd_demand(r, 2 * m.page, m.page, NULL), 0);

	EXPECT(uffd_loop_start(&loop, ctx, &o), 0);
	munmap((uint8_t *)m.at + 3 * m.page, m.page);
	EXPECT(uffd_demand(r, 3 * m.page, m.page, NULL), -ENOENT);
	EXPECT(uffd_demand(r, 2 * m.page, 2 * m.page, NULL), -ENOENT);
	ck_assert_ptr_null(uffd_region_address(r, 3 * m.page));
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	munmap(m.at, 3 * m.page);
}

TEST_MAIN(cannot_come)
