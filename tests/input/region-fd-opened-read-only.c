/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Content goes through the descriptor: one opened read-only is EPERM, one that is only a path
 * EBADF.
 */
#include "input.h"

static int again(const struct test_memory *m, int flags)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", m->fd);
	fd = open(path, flags | O_CLOEXEC);
	ck_assert_msg(fd >= 0, "open of %s: %s", path, strerror(errno));
	return fd;
}

static void read_only(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MINOR_SHMEM);
	struct test_memory m;
	int fd;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 4);
	fd = again(&m, O_RDONLY);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING, -EPERM, .fault = fault_never,
		       .flags = LIBUFFD_REGION_FD, .fd = fd);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING | LIBUFFD_MINOR, -EPERM,
		       .fault = fault_never, .flags = LIBUFFD_REGION_FD | LIBUFFD_REGION_ALIAS,
		       .fd = fd);
	close(fd);
	fd = again(&m, O_PATH);
	REFUSES_REGION(ctx, m.at, m.length, LIBUFFD_MISSING, -EBADF, .fault = fault_never,
		       .flags = LIBUFFD_REGION_FD, .fd = fd);
	close(fd);
	expect_unregistered(m.at, m.length);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(read_only)
