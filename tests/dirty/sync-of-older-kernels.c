/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * On a kernel without UFFD_FEATURE_WP_UNPOPULATED a page of anonymous memory that was never touched
 * could be written unseen: SYNC is refused there, unless MISSING faults tell of it. Shared memory
 * needs no such feature, but one for WP at all.
 */
#include "../input/input.h"
#include "tracked.h"

static void expect_start(struct uffd_region *r, int wanted)
{
	struct uffd_dirty *d = NO_HANDLE(struct uffd_dirty);

	EXPECT(uffd_dirty_start(&d, r, NULL), wanted);
	if (wanted < 0)
		ck_assert_ptr_eq(d, NO_HANDLE(struct uffd_dirty));
	else
		EXPECT(uffd_dirty_stop(d), 0);
}

static void anonymous(void)
{
	struct tracked t = {.name = "anonymous, missing, no WP_UNPOPULATED"};
	struct uffd_region *r;

	t.method = LIBUFFD_DIRTY_SYNC;
	test_memory_make(&t.s.m, LIBUFFD_BACKING_ANON, 40);
	t.s.content = content_make(t.s.m.length);
	t.s.ctx = ctx_of_old_kernel(UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	r = REGION(t.s.ctx, &t.s.m, LIBUFFD_WP);
	expect_start(r, -EOPNOTSUPP);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
	t.s.region = serve_region(&t.s, &t.s.m, LIBUFFD_WP | LIBUFFD_MISSING,
				  (struct uffd_region_opts){0});
	t.s.loop = serve_start(t.s.ctx, NULL);
	track_read(&t, 1);
	track_start(&t);
	track_write(&t, 0);
	track_write(&t, 33);
	track_read(&t, 34);
	EXPECT_DIRTY(&t, "0 33");
	track_write(&t, 0);
	track_write(&t, 39);
	EXPECT_DIRTY(&t, "0 39");
	EXPECT_DIRTY(&t, "");
	track_end(&t);
}

static void shared(void)
{
	struct uffd_ctx *ctx =
		ctx_of_old_kernel(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_MISSING_SHMEM);
	struct uffd_region *r;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_WP, -EOPNOTSUPP);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never);
	expect_start(r, -EOPNOTSUPP);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);

	ctx = ctx_of_old_kernel(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	r = REGION(ctx, &m, LIBUFFD_WP);
	expect_start(r, 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
}

/*
 * The kernel's own word on that: with 5.19's features every absent page of shared memory has a
 * marker.
 */
static void shared_without_unpopulated(void)
{
	struct tracked t = {.name = "shmem, no WP_UNPOPULATED"};

	t.method = LIBUFFD_DIRTY_SYNC;
	test_memory_make(&t.s.m, LIBUFFD_BACKING_SHMEM, 4);
	t.s.content = content_make(t.s.m.length);
	t.s.ctx =
		ctx_of_old_kernel(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	t.s.region = serve_region(&t.s, &t.s.m, LIBUFFD_WP, (struct uffd_region_opts){0});
	t.s.loop = serve_start(t.s.ctx, NULL);
	track_start(&t);
	track_write(&t, 2);
	track_read(&t, 1);
	EXPECT_DIRTY(&t, "2");
	track_write(&t, 1);
	EXPECT_DIRTY(&t, "1");
	track_end(&t);
}

static void sync_of_older_kernels(void)
{
	anonymous();
	shared();
	shared_without_unpopulated();
}

TEST_MAIN(sync_of_older_kernels)
