/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Every function on a range: unaligned or empty is EINVAL, beyond the region ERANGE, wrapping too.
 */
#include "input.h"

struct range {
	uint64_t offset;
	uint64_t length;
};

static void refuses(struct uffd_region *r, struct range at, void *content, int error)
{
	struct timespec past = {.tv_sec = 1};
	struct uffd_extent e = {.offset = 77};

	EXPECT(uffd_copy(r, at.offset, content, at.length, 0), error);
	EXPECT(uffd_zero(r, at.offset, at.length, 0), error);
	EXPECT(uffd_continue(r, at.offset, at.length, 0), error);
	EXPECT(uffd_populate(r, at.offset, content, at.length, 0), error);
	EXPECT(uffd_poison(r, at.offset, at.length), error);
	EXPECT(uffd_abandon(r, at.offset, at.length), error);
	EXPECT(uffd_claim(r, at.offset, at.length, &e), error);
	ck_assert_uint_eq(e.offset, 77);
	EXPECT(uffd_writeprotect(r, at.offset, at.length, 1), error);
	EXPECT(uffd_writeprotect(r, at.offset, at.length, 0), error);
	EXPECT(uffd_wake(r, at.offset, at.length), error);
	EXPECT(uffd_demand(r, at.offset, at.length, NULL), error);
	EXPECT(uffd_demand(r, at.offset, at.length, &past), error);
	EXPECT(uffd_prefetch(r, at.offset, at.length), error);
	EXPECT(uffd_discard(r, at.offset, at.length), error);
}

static void refuses_move(struct uffd_region *r, struct range at, void *content, int error)
{
	EXPECT(uffd_move(r, at.offset, content, at.length, 0), error);
}

static void outside(void)
{
	struct uffd_ctx *ctx =
		ctx_make(LIBUFFD_CTX_DISCARDS, UFFD_FEATURE_POISON | UFFD_FEATURE_MOVE |
						       UFFD_FEATURE_MINOR_SHMEM |
						       UFFD_FEATURE_WP_HUGETLBFS_SHMEM);
	struct uffd_region *shared, *anon;
	struct test_memory s, a, content;
	uint64_t page, length;

	test_memory_make(&s, LIBUFFD_BACKING_SHMEM, 4);
	test_memory_make(&a, LIBUFFD_BACKING_ANON, 4);
	test_memory_make(&content, LIBUFFD_BACKING_ANON, 8);
	page = s.page;
	length = s.length;
	shared = REGION(ctx, &s, LIBUFFD_MISSING | LIBUFFD_MINOR | LIBUFFD_WP, .fault = fault_never,
			.wp_fault = wp_never, .flags = LIBUFFD_REGION_FD, .fd = s.fd);
	anon = REGION(ctx, &a, LIBUFFD_MISSING, .fault = fault_never);

	const struct {
		struct range at;
		int error;
	} cases[] = {
		{{0, 0}, -EINVAL},
		{{page, 0}, -EINVAL},
		{{0, 1}, -EINVAL},
		{{0, page - 1}, -EINVAL},
		{{0, page + 1}, -EINVAL},
		{{1, page}, -EINVAL},
		{{page / 2, page / 2}, -EINVAL},
		{{UINT64_MAX, UINT64_MAX}, -EINVAL},
		{{UINT64_MAX, page}, -EINVAL},
		{{0, UINT64_MAX}, -EINVAL},
		{{0, length + page}, -ERANGE},
		{{page, length}, -ERANGE},
		{{length - page, 2 * page}, -ERANGE},
		{{length, page}, -ERANGE},
		{{length + page, page}, -ERANGE},
		{{page, UINT64_C(0) - page}, -ERANGE}, /* the sum is 0 */
		{{UINT64_C(0) - page, page}, -ERANGE},
		{{UINT64_C(0) - page, 2 * page}, -ERANGE},
		{{2 * page, UINT64_C(0) - page}, -ERANGE},
		{{0, UINT64_C(0) - page}, -ERANGE},
		{{UINT64_C(1) << 63, UINT64_C(1) << 63}, -ERANGE},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		refuses(shared, cases[i].at, content.at, cases[i].error);
		refuses_move(anon, cases[i].at, content.at, cases[i].error);
	}
	for (uint64_t offset = 0; offset < length; offset += page) {
		EXPECT(uffd_region_page(shared, offset), LIBUFFD_PAGE_EMPTY);
		EXPECT(uffd_region_page(anon, offset), LIBUFFD_PAGE_EMPTY);
	}
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&s);
	test_memory_free(&a);
	test_memory_free(&content);
}

TEST_MAIN(outside)
