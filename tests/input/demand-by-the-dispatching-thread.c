/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The thread that dispatches cannot wait for somebody else's page: EDEADLK, in a callback and
 * after. */
#include "input.h"

static int inside = 1;

static int fault(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	const uint64_t *page = user;

	if (e->offset == 0)
		inside = uffd_demand(r, *page, *page, NULL);
	uffd_zero(r, e->offset, e->length, 0);
	return 0;
}

static void dispatching(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_loop *loop = NULL;
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m;
	struct toucher t;
	uint64_t page;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 4);
	page = m.page;
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault, .user = &page, .fault_around = page);
	EXPECT(uffd_claim(r, page, page, &e), 0);
	EXPECT(uffd_loop_open(&loop, ctx, &o), 0);
	touch_start(&t, m.at, false, 0);
	while (inside == 1)
		ck_assert_int_ge(uffd_loop_dispatch(loop, SETTLE_MS), 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	EXPECT(inside, -EDEADLK);
	EXPECT(uffd_demand(r, page, page, NULL), -EDEADLK);
	EXPECT(uffd_demand(r, 2 * page, page, NULL), 0); /* its own it may */
	EXPECT(uffd_zero(r, page, page, 0), 0);
	EXPECT(uffd_demand(r, page, page, NULL), 0);
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

TEST_MAIN(dispatching)
