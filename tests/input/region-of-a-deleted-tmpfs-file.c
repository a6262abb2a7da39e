/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A file of /dev/shm without a name any more is shared memory like any other. */
#include "input.h"

static void deleted(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MISSING_SHMEM);
	char path[] = "/dev/shm/uffd-test-XXXXXX";
	struct test_memory m = {.length = 2 * 4096, .page = 4096, .fd = mkostemp(path, O_CLOEXEC)};
	struct uffd_region *r;

	if (m.fd < 0)
		test_skip("no file in /dev/shm: %s", strerror(errno));
	unlink(path);
	ck_assert_int_eq(ftruncate(m.fd, (off_t)m.length), 0);
	m.at = mmap(NULL, m.length, PROT_READ | PROT_WRITE, MAP_SHARED, m.fd, 0);
	ck_assert_ptr_ne(m.at, MAP_FAILED);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never, .flags = LIBUFFD_REGION_FD,
		   .fd = m.fd);
	ck_assert_uint_eq(uffd_region_backing(r), LIBUFFD_BACKING_SHMEM);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
	r = REGION(ctx, &m, LIBUFFD_MISSING, .fault = fault_never);
	ck_assert_uint_eq(uffd_region_backing(r), LIBUFFD_BACKING_SHMEM);
	EXPECT(uffd_region_remove(r, LIBUFFD_CLOSE_DROP), 0);
	test_memory_free(&m);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(deleted)
