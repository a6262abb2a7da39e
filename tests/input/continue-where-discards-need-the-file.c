/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Where pages may be thrown away while they are written, only the file can take the content back:
 * without LIBUFFD_REGION_FD uffd_continue() is EOPNOTSUPP, and the claim stands.
 */
#include "input.h"

static void needs_the_file(void)
{
	struct uffd_ctx *ctx = ctx_make(LIBUFFD_CTX_DISCARDS, UFFD_FEATURE_MINOR_SHMEM);
	struct uffd_region *r;
	struct uffd_extent e;
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	ck_assert_int_eq(fallocate(m.fd, 0, 0, (off_t)m.length), 0);
	r = REGION(ctx, &m, LIBUFFD_MISSING | LIBUFFD_MINOR, .fault = fault_never);
	EXPECT(uffd_claim(r, 0, m.page, &e), 0);
	EXPECT(uffd_continue(r, 0, m.page, 0), -EOPNOTSUPP);
	EXPECT(uffd_region_page(r, 0), LIBUFFD_PAGE_BUSY);
	EXPECT(uffd_abandon(r, 0, m.page), 0);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);

	r = REGION(ctx, &m, LIBUFFD_MISSING | LIBUFFD_MINOR, .fault = fault_never,
		   .flags = LIBUFFD_REGION_FD, .fd = m.fd);
	EXPECT(uffd_claim(r, 0, m.page, &e), 0);
	EXPECT(uffd_continue(r, 0, m.page, 0), 0);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
	test_memory_free(&m);
}

TEST_MAIN(needs_the_file)
