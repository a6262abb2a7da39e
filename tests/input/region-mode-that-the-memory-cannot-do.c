/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A mode that a type of memory does not have is EOPNOTSUPP. */
#include "input.h"

#include <sys/syscall.h>

#define REFUSES(m, modes)                                                                          \
	REFUSES_REGION(ctx, (m)->at, (m)->length, modes, -EOPNOTSUPP, .fault = fault_never,        \
		       .wp_fault = wp_never)

#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif

static void of_file(struct uffd_ctx *ctx, int fd, int flags)
{
	struct test_memory m = {.length = 4096, .page = 4096, .fd = fd};

	m.at = mmap(NULL, m.length, PROT_READ, flags, fd, 0);
	ck_assert_msg(m.at != MAP_FAILED, "mmap: %s", strerror(errno));
	REFUSES(&m, LIBUFFD_MISSING);
	REFUSES(&m, LIBUFFD_MISSING | LIBUFFD_MINOR);
	REFUSES(&m, LIBUFFD_WP);
	munmap(m.at, m.length);
}

static void cannot_do(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MINOR_SHMEM | UFFD_FEATURE_MINOR_HUGETLBFS);
	struct test_memory m;
	int fd;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	REFUSES(&m, LIBUFFD_MISSING | LIBUFFD_MINOR);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MINOR, -EOPNOTSUPP,
		       .flags = LIBUFFD_REGION_TRUST_CACHE);
	expect_unregistered(m.at, m.length);
	test_memory_free(&m);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM_PRIVATE, 2);
	REFUSES(&m, LIBUFFD_MISSING | LIBUFFD_MINOR);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MINOR, -EOPNOTSUPP,
		       .flags = LIBUFFD_REGION_TRUST_CACHE);
	expect_unregistered(m.at, m.length);
	test_memory_free(&m);

	fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	of_file(ctx, fd, MAP_SHARED);
	of_file(ctx, fd, MAP_PRIVATE);
	close(fd);

	fd = (int)syscall(SYS_memfd_secret, FD_CLOEXEC);
	if (fd >= 0) {
		ck_assert_int_eq(ftruncate(fd, 4096), 0);
		of_file(ctx, fd, MAP_SHARED);
		close(fd);
	}
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(cannot_do)
