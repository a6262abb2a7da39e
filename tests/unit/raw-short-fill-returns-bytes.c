/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A fill that stops half-way says how far it came; only the next one, from there, gives the error.
 */
#include "test.h"

#include <uffd/raw.h>

#define PAGES 8

/* fill covers all pages while page 3 is there already. */
static void stops_at(int64_t (*fill)(int fd, uint64_t at, uint64_t length))
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int fd = test_uffd(0);
	struct test_memory m;
	uint64_t at;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, PAGES);
	at = (uintptr_t)m.at;
	ck_assert_int_eq(uffd_raw_register(fd, at, m.length, UFFDIO_REGISTER_MODE_MISSING, NULL),
			 0);
	ck_assert_int_eq(uffd_raw_zeropage(fd, at + 3 * page, page, 0), (int64_t)page);
	ck_assert_int_eq(fill(fd, at, m.length), (int64_t)(3 * page));
	ck_assert_int_eq(fill(fd, at + 3 * page, m.length - 3 * page), -EEXIST);
	ck_assert_int_eq(fill(fd, at + 4 * page, m.length - 4 * page), (int64_t)(4 * page));
	/* Refused before it starts: the kernel leaves the count as it was. */
	ck_assert_int_eq(fill(fd, at + 1, page), -EINVAL);
	ck_assert_int_eq(fill(fd, at, 0), -EINVAL);
	test_memory_free(&m);
	close(fd);
}

static int64_t copy(int fd, uint64_t at, uint64_t length)
{
	static char source[PAGES * 65536];

	return uffd_raw_copy(fd, at, source, length, 0);
}

static int64_t zeropage(int fd, uint64_t at, uint64_t length)
{
	return uffd_raw_zeropage(fd, at, length, 0);
}

static void short_fill(void)
{
	stops_at(copy);
	stops_at(zeropage);
}

TEST_MAIN(short_fill)
