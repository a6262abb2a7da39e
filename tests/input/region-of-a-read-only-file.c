/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A shared mapping of a file opened read-only is EPERM: nothing could be brought into it. */
#include "input.h"

static void read_only(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MINOR_SHMEM);
	struct test_memory m;
	char path[64];
	void *at;
	int fd;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", m.fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	at = mmap(NULL, m.length, PROT_READ, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(at, MAP_FAILED);
	REFUSES_REGION(ctx, at, m.length, LIBUFFD_MISSING, -EPERM, .fault = fault_never);
	REFUSES_REGION(ctx, at, m.length, LIBUFFD_MINOR, -EPERM,
		       .flags = LIBUFFD_REGION_TRUST_CACHE);
	ck_assert_uint_eq(*(volatile uint8_t *)at, 0);
	munmap(at, m.length);
	close(fd);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(read_only)
