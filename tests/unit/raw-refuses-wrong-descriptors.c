/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What is no userfaultfd, or no descriptor at all, is an error from every function, never more. */
#include "test.h"

#include <uffd/raw.h>

static void all_answer(int fd, int error)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	char source[1];

	ck_assert_int_eq(uffd_raw_api(fd, 0, NULL, NULL), error);
	ck_assert_int_eq(uffd_raw_register(fd, 0, page, UFFDIO_REGISTER_MODE_MISSING, NULL), error);
	ck_assert_int_eq(uffd_raw_unregister(fd, 0, page), error);
	ck_assert_int_eq(uffd_raw_copy(fd, 0, source, page, 0), error);
	ck_assert_int_eq(uffd_raw_zeropage(fd, 0, page, 0), error);
	ck_assert_int_eq(uffd_raw_continue(fd, 0, page, 0), error);
	ck_assert_int_eq(uffd_raw_poison(fd, 0, page, 0), error);
	ck_assert_int_eq(uffd_raw_move(fd, 0, page, page, 0), error);
	ck_assert_int_eq(uffd_raw_writeprotect(fd, 0, page, 0), error);
	ck_assert_int_eq(uffd_raw_wake(fd, 0, page), error);
	ck_assert_int_eq(uffd_raw_owner_lives(fd), error);
}

static void wrong(void)
{
	struct pm_scan_arg scan = {0};
	struct uffd_msg message;
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	ck_assert_int_ge(fd, 0);
	all_answer(-1, -EBADF);
	all_answer(fd, -ENOTTY);
	ck_assert_int_eq(uffd_raw_read(-1, &message, 1), -EBADF);
	ck_assert_int_eq(uffd_raw_pagemap_scan(-1, &scan), -EBADF);
	ck_assert_int_eq(uffd_raw_pagemap_scan(fd, &scan), -ENOTTY);
	close(fd);
}

TEST_MAIN(wrong)
