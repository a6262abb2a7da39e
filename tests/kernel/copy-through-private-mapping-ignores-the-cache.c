/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Through a private mapping of shared memory COPY of a page that is in the page cache succeeds: it
 * makes an anonymous copy and leaves the file as it was.
 */
#include "expect.h"

static void copy_through_private_mapping(void)
{
	struct test_memory m;
	uint8_t *from, byte = 0;
	int fd = test_uffd(UFFD_FEATURE_MISSING_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM_PRIVATE, 1);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	page_pwrite(&m, 0, 9);
	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.page, 0), 0, m.page);
	ck_assert(bytes_are(m.at, 5, m.page));
	ck_assert_int_eq(pread(m.fd, &byte, 1, 0), 1);
	ck_assert_int_eq(byte, 9);
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(copy_through_private_mapping)
