/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A type or page size that the mapping does not have is refused. */
#include "input.h"

static void another_type(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MISSING_SHMEM);
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	for (uint32_t type = LIBUFFD_BACKING_ANON; type < LIBUFFD_BACKING_COUNT; type++)
		if (type != LIBUFFD_BACKING_SHMEM)
			REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING, -EINVAL,
				       .fault = fault_never, .backing = type);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING, -EINVAL, .fault = fault_never,
		       .page_size = 2u << 20);
	/* The file of private memory is not where its content goes. */
	expect_unregistered(m.at, m.length);
	test_memory_free(&m);
	test_memory_make(&m, LIBUFFD_BACKING_SHMEM_PRIVATE, 2);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING, -EINVAL, .fault = fault_never,
		       .flags = LIBUFFD_REGION_FD, .fd = m.fd);
	expect_unregistered(m.at, m.length);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(another_type)
