/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd_continue() of a page that nobody wrote is EFAULT; the claim stands and can be filled. */
#include "input.h"

static void not_cached(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MINOR_SHMEM);
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m;
	uint8_t content[4096];

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 3);
	r = REGION(ctx, &m, LIBUFFD_MISSING | LIBUFFD_MINOR, .fault = fault_never);
	EXPECT(uffd_claim(r, 0, m.length, &e), 0);
	memset(content, 0x55, sizeof(content));
	EXPECT(pwrite(m.fd, content, sizeof(content), 0), sizeof(content));
	EXPECT(uffd_continue(r, 0, m.length, 0), (int64_t)m.page);
	EXPECT(uffd_region_page(r, 0), LIBUFFD_PAGE_CACHED);
	EXPECT(uffd_region_page(r, m.page), LIBUFFD_PAGE_BUSY);
	EXPECT(uffd_region_page(r, 2 * m.page), LIBUFFD_PAGE_BUSY);
	EXPECT(uffd_continue(r, m.page, 2 * m.page, 0), -EFAULT);
	EXPECT(uffd_copy(r, m.page, content, m.page, 0), 0);
	EXPECT(uffd_zero(r, 2 * m.page, m.page, 0), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	ck_assert_uint_eq(((volatile uint8_t *)m.at)[m.page], 0x55);
	ck_assert_uint_eq(((volatile uint8_t *)m.at)[2 * m.page], 0);
	test_memory_free(&m);
}

TEST_MAIN(not_cached)
