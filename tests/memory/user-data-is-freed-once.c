/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The user's data is freed exactly once: when the region ends, whichever way it ends, or at once
 * when adding it fails, whyever it fails.
 */
#include "claims.h"

static int freed;
static void *freed_what;

static void note(void *user)
{
	freed++;
	freed_what = user;
}

static int nothing(struct uffd_region *r, const struct uffd_extent *e, void *user)
{
	(void)r;
	(void)e;
	(void)user;
	return 0;
}

#define EXPECT_FREED(call, wanted)                                                                 \
	do {                                                                                       \
		freed = 0;                                                                         \
		freed_what = NULL;                                                                 \
		ck_assert_int_eq(call, wanted);                                                    \
		ck_assert_int_eq(freed, 1);                                                        \
		ck_assert_ptr_eq(freed_what, &freed);                                              \
	} while (0)

static void freed_once(void)
{
	struct {
		struct uffd_region_opts opts;
		uint64_t unknown;
	} newer;
	struct uffd_region_opts good = {.size = sizeof(good),
					.fault = nothing,
					.user = &freed,
					.user_free = note},
				bad;
	struct uffd_region *r;
	struct test_memory m;
	struct uffd_ctx *ctx = serve_ctx(0);
	int fd;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	/* Refused. */
	bad = good;
	bad.flags = UINT32_C(1) << 31;
	EXPECT_FREED(uffd_region_add(&r, ctx, m.at, m.length, LIBUFFD_MISSING, &bad), -EINVAL);
	EXPECT_FREED(uffd_region_add(&r, NULL, m.at, m.length, LIBUFFD_MISSING, &good), -EINVAL);
	EXPECT_FREED(uffd_region_add(NULL, ctx, m.at, m.length, LIBUFFD_MISSING, &good), -EINVAL);
	EXPECT_FREED(
		uffd_region_add(&r, ctx, m.at, m.length, LIBUFFD_MISSING | LIBUFFD_MINOR, &good),
		-EOPNOTSUPP);
	EXPECT_FREED(uffd_region_add(&r, ctx, NULL, m.length, LIBUFFD_MISSING, &good), -EFAULT);
	newer.opts = good;
	newer.opts.size = sizeof(newer);
	newer.unknown = 1;
	EXPECT_FREED(uffd_region_add(&r, ctx, m.at, m.length, LIBUFFD_MISSING, &newer.opts),
		     -E2BIG);
	/* Removed. */
	freed = 0;
	ck_assert_int_eq(uffd_region_add(&r, ctx, m.at, m.length, LIBUFFD_MISSING, &good), 0);
	ck_assert_int_eq(uffd_region_remove(r, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	ck_assert_int_eq(freed, 0);
	EXPECT_FREED(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
	/* With the context. */
	freed = 0;
	ck_assert_int_eq(uffd_region_add(&r, ctx, m.at, m.length, LIBUFFD_MISSING, &good), 0);
	ck_assert_int_eq(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), -EBUSY);
	ck_assert_int_eq(freed, 0);
	EXPECT_FREED(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	/* Handed over. */
	ctx = serve_ctx(0);
	ck_assert_int_eq(uffd_region_add(&r, ctx, m.at, m.length, LIBUFFD_MISSING, &good), 0);
	EXPECT_FREED(uffd_ctx_release(ctx, &fd), 0);
	close(fd);
	test_memory_free(&m);
}
TEST_MAIN(freed_once)
