/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A range that is not mapped, or not all of it, or not with one file, is ENXIO. */
#include "input.h"

#define REFUSES(at, length)                                                                        \
	REFUSES_REGION(ctx, at, length, LIBUFFD_MISSING, -ENXIO, .fault = fault_never)

static void map(void *at, size_t length, int flags, int fd, off_t offset)
{
	ck_assert_ptr_eq(mmap(at, length, PROT_READ | PROT_WRITE, MAP_FIXED | flags, fd, offset),
			 at);
}

static void nothing_mapped(void)
{
	struct uffd_ctx *ctx = ctx_make(0, UFFD_FEATURE_MISSING_SHMEM);
	struct test_memory m, file, other;
	size_t page;
	uint8_t *at;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 8);
	test_memory_make(&file, LIBUFFD_BACKING_SHMEM, 8);
	test_memory_make(&other, LIBUFFD_BACKING_SHMEM, 8);
	page = m.page;
	at = m.at;
	munmap(at + 2 * page, page);
	REFUSES(at + 2 * page, page);
	REFUSES(at, 8 * page);            /* a hole within */
	REFUSES(at, 3 * page);            /* nothing at the end */
	REFUSES(at + 2 * page, 2 * page); /* nothing at the start */

	/* Two types of memory, side by side. */
	map(at + 2 * page, page, MAP_SHARED, file.fd, 0);
	REFUSES(at, 8 * page);
	REFUSES(at + 2 * page, 2 * page);
	/* Two files, or one file with a jump in it, or backwards. */
	map(at + 3 * page, page, MAP_SHARED, other.fd, (off_t)page);
	REFUSES(at + 2 * page, 2 * page);
	map(at + 3 * page, page, MAP_SHARED, file.fd, (off_t)(4 * page));
	REFUSES(at + 2 * page, 2 * page);
	map(at + 3 * page, page, MAP_SHARED, file.fd, 0);
	REFUSES(at + 2 * page, 2 * page);
	/* Shared and private of one file. */
	map(at + 3 * page, page, MAP_PRIVATE, file.fd, (off_t)page);
	REFUSES(at + 2 * page, 2 * page);

	/* Neighbours that go on where the other ends are one. */
	map(at + 3 * page, page, MAP_SHARED, file.fd, (off_t)page);
	ck_assert_int_eq(mprotect(at + 3 * page, page, PROT_READ), 0);
	EXPECT(uffd_region_remove(region_make(ctx, at + 2 * page, 2 * page, LIBUFFD_MISSING,
					      (struct uffd_region_opts){.fault = fault_never}),
				  LIBUFFD_CLOSE_DROP),
	       0);
	expect_unregistered(at, 8 * page);
	test_memory_free(&m);
	test_memory_free(&file);
	test_memory_free(&other);
	EXPECT(uffd_ctx_close(ctx, LIBUFFD_CLOSE_REFUSE), 0);
}

TEST_MAIN(nothing_mapped)
