/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A longer options struct is taken when all that is not known here is zero, else refused, and its
 * user_free is called then too; a shorter one than the first version's is refused.
 */
#include "input.h"

static void later_version(void)
{
	LONGER(struct uffd_region_opts) o;
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_region *r = NO_HANDLE(struct uffd_region);
	struct test_memory m;
	int freed = 0;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	memset(&o, 0, sizeof(o));
	o.opts.fault = fault_never;
	o.opts.user = &freed;
	o.opts.user_free = count_free;
	for (uint64_t size = 0; size < sizeof(o.opts); size += sizeof(uint32_t)) {
		o.opts.size = size;
		EXPECT(uffd_region_add(&r, ctx, m.at, m.length, LIBUFFD_MISSING, &o.opts), -EINVAL);
	}
	ck_assert_ptr_eq(r, NO_HANDLE(struct uffd_region));

	freed = 0;
	o.opts.size = sizeof(o);
	for (size_t i = sizeof(o.opts); i < sizeof(o); i++) {
		o.bytes[i] = 1;
		EXPECT(uffd_region_add(&r, ctx, m.at, m.length, LIBUFFD_MISSING, &o.opts), -E2BIG);
		ck_assert_ptr_eq(r, NO_HANDLE(struct uffd_region));
		o.bytes[i] = 0;
	}
	ck_assert_msg(freed == (int)(sizeof(o) - sizeof(o.opts)),
		      "user_free called %d times, not %d", freed,
		      (int)(sizeof(o) - sizeof(o.opts)));
	expect_unregistered(m.at, m.length);

	freed = 0;
	EXPECT(uffd_region_add(&r, ctx, m.at, m.length, LIBUFFD_MISSING, &o.opts), 0);
	ck_assert_int_eq(freed, 0);
	ck_assert_ptr_eq(uffd_region_user(r), &freed);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
	ck_assert_int_eq(freed, 1);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(later_version)
