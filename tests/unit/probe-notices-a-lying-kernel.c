/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A resolver that says it is done and has done nothing comes out as 0, not as 1, and nobody hangs
 * on the page that is not there. The linker puts these in the place of the real ones (--wrap).
 */
#include "test.h"

#include <uffd/probe.h>
#include <uffd/raw.h>

int64_t __wrap_uffd_raw_copy(int fd, uint64_t dst, const void *src, uint64_t length, uint64_t mode);
int64_t __wrap_uffd_raw_zeropage(int fd, uint64_t start, uint64_t length, uint64_t mode);
int64_t __wrap_uffd_raw_continue(int fd, uint64_t start, uint64_t length, uint64_t mode);
int64_t __wrap_uffd_raw_poison(int fd, uint64_t start, uint64_t length, uint64_t mode);
int64_t __wrap_uffd_raw_move(int fd, uint64_t dst, uint64_t src, uint64_t length, uint64_t mode);
int __wrap_uffd_raw_writeprotect(int fd, uint64_t start, uint64_t length, uint64_t mode);
int64_t __real_uffd_raw_zeropage(int fd, uint64_t start, uint64_t length, uint64_t mode);

static bool zeros; /* the lie is a page of zeros instead of an absent one */

static int64_t lie(int fd, uint64_t start, uint64_t length)
{
	return zeros ? __real_uffd_raw_zeropage(fd, start, length, 0) : (int64_t)length;
}

int64_t __wrap_uffd_raw_copy(int fd, uint64_t dst, const void *src, uint64_t length, uint64_t mode)
{
	(void)src;
	(void)mode;
	return lie(fd, dst, length);
}

int64_t __wrap_uffd_raw_zeropage(int fd, uint64_t start, uint64_t length, uint64_t mode)
{
	(void)fd;
	(void)start;
	(void)mode;
	return (int64_t)length;
}

int64_t __wrap_uffd_raw_continue(int fd, uint64_t start, uint64_t length, uint64_t mode)
{
	(void)mode;
	/* A page that is in the cache cannot be zeroed over. */
	return zeros ? (int64_t)length : lie(fd, start, length);
}

int64_t __wrap_uffd_raw_poison(int fd, uint64_t start, uint64_t length, uint64_t mode)
{
	(void)mode;
	return lie(fd, start, length);
}

int64_t __wrap_uffd_raw_move(int fd, uint64_t dst, uint64_t src, uint64_t length, uint64_t mode)
{
	(void)src;
	(void)mode;
	return lie(fd, dst, length);
}

int __wrap_uffd_raw_writeprotect(int fd, uint64_t start, uint64_t length, uint64_t mode)
{
	(void)fd;
	(void)start;
	(void)length;
	(void)mode;
	return 0;
}

static void is_noticed(uint32_t backing)
{
	struct uffd_memory_abilities can = {.size = sizeof(can)};
	int ret = uffd_probe_memory(backing, 0, &can);

	if (ret < 0)
		test_skip("no userfaultfd: %s", strerror(-ret));
	ck_assert_int_eq(can.available, 1);
	ck_assert_int_eq(can.missing, 1);
	ck_assert_int_eq(can.copy, 0);
	ck_assert_int_eq(can.zeropage, 0);
	ck_assert_int_eq(can.continue_, 0);
	ck_assert_int_eq(can.poison, 0);
	ck_assert_int_eq(can.move, 0);
	ck_assert_int_eq(can.writeprotect, 0);
}

static void lies(void)
{
	for (int i = 0; i < 2; i++) {
		zeros = i == 1;
		is_noticed(LIBUFFD_BACKING_ANON);
		is_noticed(LIBUFFD_BACKING_SHMEM);
		is_noticed(LIBUFFD_BACKING_SHMEM_PRIVATE);
	}
}

TEST_MAIN(lies)
