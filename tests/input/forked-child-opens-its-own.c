/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A forked child has userfaultfds of its own, whatever became of its copy of the parent's. */
#include "input.h"

static int zero(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	(void)user;
	return uffd_zero(r, e->offset, e->length, 0);
}

static void child(void *arg)
{
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_region_opts region = {.size = sizeof(region), .fault = zero};
	struct test_memory *m = arg;
	struct uffd_ctx *ctx = NULL;
	struct uffd_loop *loop = NULL;
	struct uffd_region *r = NULL;

	CHILD_EXPECT(uffd_ctx_open(&ctx, NULL), 0);
	CHILD_EXPECT(uffd_loop_start(&loop, ctx, &o), 0);
	/* The memory is registered with the parent's only where the parent sees it. */
	CHILD_EXPECT(uffd_region_add(&r, ctx, m->at, m->length, LIBUFFD_MISSING, &region), 0);
	CHILD_EXPECT(*(volatile uint8_t *)m->at, 0);
	CHILD_EXPECT(uffd_loop_close(loop), 0);
	CHILD_EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
}

static void opens_its_own(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct test_memory m;
	struct uffd_region *r;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = zero);
	in_child(child, &m);
	EXPECT(uffd_region_page(r, 0), LIBUFFD_PAGE_EMPTY);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

TEST_MAIN(opens_its_own)
