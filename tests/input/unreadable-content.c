/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Content that cannot be read is EFAULT: the pages before it are complete, the rest stays claimed
 * and can be brought in another way.
 */
#include "input.h"

static void bring(uint32_t backing,
		  int64_t (*resolver)(struct uffd_region *r, uint64_t offset, const void *src,
				      uint64_t length, uint32_t flags))
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MINOR_SHMEM | UFFD_FEATURE_MINOR_HUGETLBFS);
	bool minor = backing != LIBUFFD_BACKING_ANON;
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m;
	uint8_t *content;
	int64_t done;

	test_memory_make(&m, backing, 4);
	content = mmap(NULL, m.length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(content, MAP_FAILED);
	memset(content, 0x44, 2 * m.page);
	ck_assert_int_eq(mprotect(content + 2 * m.page, 2 * m.page, PROT_NONE), 0);
	r = REGION(ctx, &m, LIBUFFD_MISSING | (minor ? LIBUFFD_MINOR : 0u), .fault = fault_never,
		   .flags = minor ? LIBUFFD_REGION_FD : 0, .fd = minor ? m.fd : 0);
	EXPECT(uffd_claim(r, 0, m.length, &e), 0);
	EXPECT(resolver(r, 0, (void *)(uintptr_t)8, m.length, 0), -EFAULT);
	EXPECT(resolver(r, 0, content + 2 * m.page, m.length, 0), -EFAULT);
	EXPECT(uffd_region_page(r, 0), LIBUFFD_PAGE_BUSY);
	done = resolver(r, 0, content, m.length, 0);
	ck_assert_msg(done == -EFAULT || done == (int64_t)(2 * m.page), "answered %lld",
		      (long long)done);
	EXPECT(uffd_region_page(r, 2 * m.page), LIBUFFD_PAGE_BUSY);
	EXPECT(uffd_region_page(r, 3 * m.page), LIBUFFD_PAGE_BUSY);
	/* What was done is complete; where nothing was, it is claimed yet. */
	if (LIBUFFD_PAGE_STATE(uffd_region_page(r, 0)) == LIBUFFD_PAGE_BUSY)
		EXPECT(resolver(r, 0, content, 2 * m.page, 0), 0);
	EXPECT(uffd_region_page(r, 0), LIBUFFD_PAGE_CACHED);
	EXPECT(uffd_region_page(r, m.page), LIBUFFD_PAGE_CACHED);
	EXPECT(uffd_copy(r, 2 * m.page, content, 2 * m.page, 0), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	for (size_t i = 0; i < m.length; i += m.page / 2)
		ck_assert_uint_eq(((volatile uint8_t *)m.at)[i], 0x44);
	munmap(content, m.length);
	test_memory_free(&m);
}

static void unreadable(void)
{
	bring(LIBUFFD_BACKING_ANON, uffd_copy);
	bring(LIBUFFD_BACKING_SHMEM, uffd_copy);
	bring(LIBUFFD_BACKING_SHMEM, uffd_populate);
}

TEST_MAIN(unreadable)
