/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Whatever negative number a fault callback answers, the content cannot be had: the page is
 * poisoned, who waits for it gets SIGBUS, a demand EHWPOISON, and the region can be closed.
 */
#include "input.h"
#include "input_errors.h"

static int fails(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	(void)r;
	(void)e;
	return *(const int *)user;
}

static void any_number(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_POISON);
	struct uffd_loop_opts o = {.size = sizeof(o), .poller = test_poller()};
	struct uffd_loop *loop = NULL;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 3);
	EXPECT(uffd_loop_start(&loop, ctx, &o), 0);
	for (size_t i = 0; i < INPUT_ERRORS; i++) {
		int error = input_errors[i];
		struct uffd_region *r =
			REGION(ctx, &m, LIBUFFD_MISSING, .fault = fails, .user = &error,
			       .max_retries = 1, .retry_ns = 1, .fault_around = m.page);
		struct toucher t;
		int ret;

		alarm(10);
		touch_start(&t, m.at, false, 0);
		ck_assert_msg(touch_join(&t) == TOUCH_SIGBUS, "error %d", error);
		EXPECT(uffd_demand(r, m.page, m.page, NULL), -EHWPOISON);
		ret = uffd_prefetch(r, 2 * m.page, m.page);
		/* What is no errno may be told as one. */
		ck_assert_msg(ret == error || (error < -4095 && ret < 0), "%d told as %d", error,
			      ret);
		EXPECT(uffd_region_page(r, 2 * m.page), LIBUFFD_PAGE_EMPTY);
		alarm(0);
		EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_POISON), 0);
		/* Fresh pages for the next one. */
		ck_assert_ptr_eq(mmap(m.at, m.length, PROT_READ | PROT_WRITE,
				      MAP_FIXED | MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
				 m.at);
	}
	EXPECT(uffd_loop_close(loop), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(any_number)
