/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A region of which the file ends before is ERANGE; one of which the mapping ends before is ENXIO.
 */
#include "input.h"

static void too_short(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MISSING_SHMEM);
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 4);
	ck_assert_int_eq(ftruncate(m.fd, (off_t)m.length - 1), 0);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING, -ERANGE, .fault = fault_never,
		       .flags = LIBUFFD_REGION_FD, .fd = m.fd);
	ck_assert_int_eq(ftruncate(m.fd, (off_t)m.page), 0);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING, -ERANGE, .fault = fault_never,
		       .flags = LIBUFFD_REGION_FD | LIBUFFD_REGION_ALIAS, .fd = m.fd);
	REFUSES_REGION(ctx, (uint8_t *)m.at + 2 * m.page, m.page, LIBUFFD_MISSING, -ERANGE,
		       .fault = fault_never, .flags = LIBUFFD_REGION_FD, .fd = m.fd,
		       .fd_offset = 2 * m.page);
	expect_unregistered(m.at, m.length);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(too_short)
