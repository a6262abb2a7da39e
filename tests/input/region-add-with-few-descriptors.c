/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* With any number of free descriptors adding a region works, or is EMFILE and changes nothing. */
#include "input.h"

static void few_descriptors(uint32_t backing, uint32_t flags)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MISSING_SHMEM);
	struct uffd_region_opts o = {.size = sizeof(o), .fault = fault_never, .flags = flags};
	struct test_memory m;
	int ret = -EMFILE, first;

	test_memory_make(&m, backing, 2);
	o.fd = flags & LIBUFFD_REGION_FD ? m.fd : 0;
	first = lowest_free();
	for (int n = 0; ret < 0; n++) {
		struct uffd_region *r = NO_HANDLE(struct uffd_region);
		int freed = 0;

		ck_assert_int_lt(n, 8);
		o.user = &freed;
		o.user_free = count_free;
		leave_descriptors(n);
		ret = uffd_region_add(&r, ctx, m.at, m.length, LIBUFFD_MISSING, &o);
		leave_descriptors(-1);
		ck_assert_int_eq(lowest_free(), first);
		ck_assert_int_eq(freed, ret < 0);
		if (ret == 0) {
			EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
			continue;
		}
		EXPECT(ret, -EMFILE);
		ck_assert_ptr_eq(r, NO_HANDLE(struct uffd_region));
		expect_unregistered(m.at, m.length);
	}
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

static void all(void)
{
	few_descriptors(LIBUFFD_BACKING_ANON, 0);
	few_descriptors(LIBUFFD_BACKING_SHMEM, 0);
	few_descriptors(LIBUFFD_BACKING_SHMEM, LIBUFFD_REGION_FD | LIBUFFD_REGION_ALIAS);
}

TEST_MAIN(all)
