/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd_ctx_release() frees the context, calls user_free, and the descriptor still serves the
 * memory. */
#include "input.h"

static void release(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0), *other = ctx_make(0, 0), *again = NULL;
	struct uffd_region *r;
	struct test_memory m;
	int freed = 0, fd = -1;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never, .user = &freed,
	       .user_free = count_free);
	EXPECT(uffd_ctx_release(ctx, &fd), 0);
	ck_assert_int_eq(freed, 1);
	ck_assert_int_ge(fcntl(fd, F_GETFL), 0);
	REFUSES_REGION(other, m.at, m.length, LIBUFFD_MISSING, -EBUSY, .fault = fault_never);
	EXPECT(uffd_ctx_close(other, LIBUFFD_CLOSE_REFUSE), 0);
	EXPECT(uffd_ctx_adopt(&again, fd, 0, NULL), 0);
	r = REGION(again, &m, LIBUFFD_MISSING, .fault = fault_never,
		   .flags = LIBUFFD_REGION_REGISTERED);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
	expect_unregistered(m.at, m.length);
	EXPECT(uffd_ctx_close(again, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(release)
