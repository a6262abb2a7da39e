/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A resolver that the memory, the region or the context does not have: EOPNOTSUPP, the claim
 * stands. */
#include "input.h"

static struct test_memory content;

static void expect_claimed(struct uffd_region *r)
{
	EXPECT(uffd_region_page(r, 0), LIBUFFD_PAGE_BUSY);
	EXPECT(uffd_abandon(r, 0, uffd_region_page_size(r)), 0);
}

static struct uffd_region *claimed(struct uffd_ctx *ctx, const struct test_memory *m,
				   uint32_t modes, struct uffd_region_opts o)
{
	struct uffd_region *r = region_make(ctx, m->at, m->length, modes, o);
	struct uffd_extent e;

	EXPECT(uffd_claim(r, 0, m->page, &e), 0);
	return r;
}

static void anonymous(void)
{
	struct uffd_ctx *ctx = ctx_make(0, 0);
	struct uffd_region *r;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	r = claimed(ctx, &m, LIBUFFD_MISSING, (struct uffd_region_opts){.fault = fault_never});
	EXPECT(uffd_continue(r, 0, m.page, 0), -EOPNOTSUPP);
	EXPECT(uffd_populate(r, 0, content.at, m.page, 0), -EOPNOTSUPP);
	/* WP content, but the region is not registered for WP. */
	EXPECT(uffd_copy(r, 0, content.at, m.page, LIBUFFD_RESOLVE_WP), -EOPNOTSUPP);
	EXPECT(uffd_zero(r, 0, m.page, LIBUFFD_RESOLVE_WP), -EOPNOTSUPP);
	EXPECT(uffd_writeprotect(r, 0, m.page, 1), -EOPNOTSUPP);
	EXPECT(uffd_writeprotect(r, 0, m.page, 0), -EOPNOTSUPP);
	expect_claimed(r);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

static void shared(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MINOR_SHMEM);
	struct uffd_region *r;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	/* No descriptor: no way behind the mapping. */
	r = claimed(ctx, &m, LIBUFFD_MISSING | LIBUFFD_MINOR,
		    (struct uffd_region_opts){.fault = fault_never});
	EXPECT(uffd_populate(r, 0, content.at, m.page, 0), -EOPNOTSUPP);
	EXPECT(uffd_move(r, 0, content.at, m.page, 0), -EOPNOTSUPP);
	EXPECT(uffd_continue(r, 0, m.page, LIBUFFD_RESOLVE_WP), -EOPNOTSUPP);
	expect_claimed(r);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);

	/* MINOR alone: what is not in the cache cannot be brought by the page table. */
	r = claimed(ctx, &m, LIBUFFD_MINOR,
		    (struct uffd_region_opts){.flags = LIBUFFD_REGION_TRUST_CACHE});
	EXPECT(uffd_copy(r, 0, content.at, m.page, 0), -EOPNOTSUPP);
	EXPECT(uffd_zero(r, 0, m.page, 0), -EOPNOTSUPP);
	expect_claimed(r);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);

	/* MISSING alone: nobody is told of what is in the cache. */
	r = claimed(ctx, &m, LIBUFFD_MISSING,
		    (struct uffd_region_opts){
			    .fault = fault_never, .flags = LIBUFFD_REGION_FD, .fd = m.fd});
	EXPECT(uffd_continue(r, 0, m.page, 0), -EOPNOTSUPP);
	EXPECT(uffd_populate(r, 0, content.at, m.page, 0), -EOPNOTSUPP);
	expect_claimed(r);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	ck_assert_uint_eq(*(volatile uint8_t *)m.at, 0);
	test_memory_free(&m);
}

static void old_kernel(void)
{
	struct uffd_ctx *ctx = ctx_of_old_kernel(0);
	struct uffd_region *r;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	r = claimed(ctx, &m, LIBUFFD_MISSING, (struct uffd_region_opts){.fault = fault_never});
	EXPECT(uffd_move(r, 0, content.at, m.page, 0), -EOPNOTSUPP);
	EXPECT(uffd_poison(r, 0, m.page), -EOPNOTSUPP);
	expect_claimed(r);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

static void write_protection_only(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_POISON);
	struct uffd_region *r;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	r = claimed(ctx, &m, LIBUFFD_WP, (struct uffd_region_opts){.wp_fault = wp_never});
	EXPECT(uffd_copy(r, 0, content.at, m.page, 0), -EOPNOTSUPP);
	EXPECT(uffd_zero(r, 0, m.page, 0), -EOPNOTSUPP);
	EXPECT(uffd_continue(r, 0, m.page, 0), -EOPNOTSUPP);
	EXPECT(uffd_move(r, 0, content.at, m.page, 0), -EOPNOTSUPP);
	EXPECT(uffd_poison(r, 0, m.page), -EOPNOTSUPP);
	expect_claimed(r);
	*(volatile uint8_t *)m.at = 1;
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

static void cannot_do(void)
{
	test_memory_make(&content, LIBUFFD_BACKING_ANON, 1);
	anonymous();
	shared();
	old_kernel();
	write_protection_only();
	test_memory_free(&content);
}

TEST_MAIN(cannot_do)
