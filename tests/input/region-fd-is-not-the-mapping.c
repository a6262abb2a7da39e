/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A descriptor that is closed, another file, or the file at another place is EBADF. */
#include "input.h"

#define REFUSES(descriptor, offset)                                                                \
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING, -EBADF, .fault = fault_never,         \
		       .flags = LIBUFFD_REGION_FD, .fd = (descriptor), .fd_offset = (offset))

static void wrong_file(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MISSING_SHMEM);
	struct test_memory m, other;
	int closed, disk;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 4);
	test_memory_make(&other, LIBUFFD_BACKING_SHMEM, 8);
	disk = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	closed = lowest_free();
	REFUSES(closed, 0);
	REFUSES(-1, 0);
	REFUSES(INT32_MAX, 0);
	REFUSES(other.fd, 0);
	REFUSES(disk, 0);
	REFUSES(uffd_ctx_fd(ctx), 0);
	REFUSES(m.fd, m.page);
	REFUSES(m.fd, UINT64_C(1) << 62);
	/* Not the first page of the mapping: then the offset is not 0. */
	REFUSES_REGION(ctx, (uint8_t *)m.at + m.page, m.page, LIBUFFD_MISSING, -EBADF,
		       .fault = fault_never, .flags = LIBUFFD_REGION_FD, .fd = m.fd);
	expect_unregistered(m.at, m.length);

	EXPECT(uffd_region_remove(region_make(ctx, (uint8_t *)m.at + m.page, m.page,
					      LIBUFFD_MISSING,
					      (struct uffd_region_opts){.fault = fault_never,
									.flags = LIBUFFD_REGION_FD,
									.fd = m.fd,
									.fd_offset = m.page}),
				  LIBUFFD_CLOSE_DROP),
	       0);
	close(disk);
	test_memory_free(&m);
	test_memory_free(&other);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(wrong_file)
