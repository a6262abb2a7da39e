/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A shared mapping of a file that was opened O_RDONLY cannot be registered: EPERM. */
#include "expect.h"

static void register_read_only_file_says_eperm(void)
{
	struct test_memory m;
	char path[64];
	void *at;
	int uffd = test_uffd(UFFD_FEATURE_MISSING_SHMEM), fd;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", m.fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	at = mmap(NULL, m.length, PROT_READ, MAP_SHARED, fd, 0);
	ck_assert_ptr_ne(at, MAP_FAILED);
	ck_assert_int_eq(
		uffd_raw_register(uffd, address(at), m.length, UFFDIO_REGISTER_MODE_MISSING, NULL),
		-EPERM);
	munmap(at, m.length);
	close(fd);
	test_memory_free(&m);
	close(uffd);
}
TEST_MAIN(register_read_only_file_says_eperm)
