/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A range is gone on with as a whole and in its page size, or not at all (-EBADMSG); one that this
 * context has already is -EEXIST; and no loop is opened before all have been added (-ENXIO).
 */
#include "local.h"

static int add_of_size(struct uffd_region **r, struct uffd_ctx *ctx, void *at, size_t length,
		       uint64_t page_size)
{
	struct uffd_region_opts opts = {.size = sizeof(opts),
					.fault = local_fault,
					.flags = LIBUFFD_REGION_FOREIGN,
					.backing = LIBUFFD_BACKING_HUGETLB_PRIVATE,
					.page_size = page_size};

	return uffd_region_add(r, ctx, at, length, LIBUFFD_MISSING, &opts);
}

static void another_shape(void)
{
	int state = local_state();
	struct uffd_ctx *ctx = local_ctx(state);
	struct uffd_region *r = NULL, *other = NULL;
	size_t huge = (size_t)2 << 20, page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t *memory =
		mmap(NULL, 4 * huge, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uint8_t *at = (uint8_t *)(((uintptr_t)memory + huge) & ~(huge - 1));

	ck_assert(memory != MAP_FAILED);
	ck_assert_int_eq(local_add(&r, ctx, at, huge), 0);
	ck_assert_int_eq(local_add(&other, ctx, at, huge), -EEXIST);
	ck_assert_int_eq(local_add(&other, ctx, at + page, page), -EEXIST);
	ck_assert_int_eq(local_add(&other, ctx, at + huge - page, 2 * page), -EEXIST);
	ck_assert_int_eq(local_add(&other, ctx, at + huge, page), 0);
	ck_assert_int_eq(local_loop(ctx), 0);
	local_release(ctx);

	ctx = local_ctx(state);
	ck_assert_int_eq(local_loop(ctx), -ENXIO);
	ck_assert_int_eq(local_add(&other, ctx, at, page), -EBADMSG);
	ck_assert_int_eq(local_add(&other, ctx, at + page, huge - page), -EBADMSG);
	ck_assert_int_eq(local_add(&other, ctx, at, huge + page), -EBADMSG);
	ck_assert_int_eq(local_add(&other, ctx, at - page, huge + page), -EBADMSG);
	ck_assert_int_eq(add_of_size(&other, ctx, at, huge, huge), -EBADMSG);
	ck_assert_int_eq(local_add(&r, ctx, at, huge), 0);
	ck_assert_int_eq(local_loop(ctx), -ENXIO);
	ck_assert_int_eq(local_add(&other, ctx, at + huge, page), 0);
	ck_assert_int_eq(local_loop(ctx), 0);
	/* New ones may come at any time. */
	ck_assert_int_eq(local_add(&other, ctx, at + huge + page, page), 0);
	ck_assert_int_eq(local_loop(ctx), 0);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	munmap(memory, 4 * huge);
	close(state);
}

TEST_MAIN(another_shape)
