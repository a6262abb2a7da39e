/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd_region_add() without a context, a result or memory; user_free is called all the same. */
#include "input.h"

static void null_pointers(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_region *r = NO_HANDLE(struct uffd_region);
	struct uffd_region_opts o = {.size = sizeof(o), .fault = fault_never};
	struct test_memory m;
	int freed = 0;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	o.user = &freed;
	o.user_free = count_free;
	EXPECT(uffd_region_add(NULL, ctx, m.at, m.length, LIBUFFD_MISSING, &o), -EINVAL);
	ck_assert_int_eq(freed, 1);
	EXPECT(uffd_region_add(&r, NULL, m.at, m.length, LIBUFFD_MISSING, &o), -EINVAL);
	ck_assert_int_eq(freed, 2);
	EXPECT(uffd_region_add(&r, ctx, NULL, m.length, LIBUFFD_MISSING, &o), -EFAULT);
	ck_assert_int_eq(freed, 3);
	/* No options: nobody to bring content. */
	EXPECT(uffd_region_add(&r, ctx, m.at, m.length, LIBUFFD_MISSING, NULL), -EINVAL);
	ck_assert_ptr_eq(r, NO_HANDLE(struct uffd_region));
	expect_unregistered(m.at, m.length);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(null_pointers)
