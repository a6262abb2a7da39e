/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A write to an empty page that is marked write-protected faults MISSING or MINOR first, and once
 * the page is filled with MODE_WP a second time as WP.
 */
#include "expect.h"

static void write_to_a_protected_hole(uint32_t backing, uint64_t mode)
{
	struct test_memory m;
	struct toucher t;
	uint8_t *from;
	bool minor = mode == UFFDIO_REGISTER_MODE_MINOR;
	int fd = test_uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM |
			   UFFD_FEATURE_WP_UNPOPULATED | UFFD_FEATURE_MINOR_SHMEM |
			   UFFD_FEATURE_MISSING_SHMEM);

	test_memory_make(&m, backing, 1);
	from = pattern_make(&m, 5);
	if (minor)
		page_pwrite(&m, 0, 5);
	expect_register(fd, &m, mode | UFFDIO_REGISTER_MODE_WP);
	ck_assert_int_eq(
		uffd_raw_writeprotect(fd, address(m.at), m.page, UFFDIO_WRITEPROTECT_MODE_WP), 0);
	touch_start(&t, m.at, true, 9);
	expect_fault(fd, m.at, UFFD_PAGEFAULT_FLAG_WRITE | (minor ? UFFD_PAGEFAULT_FLAG_MINOR : 0));
	EXPECT_ANSWER(minor ? ask_continue(fd, m.at, m.page, UFFDIO_CONTINUE_MODE_WP)
			    : ask_copy(fd, m.at, from, m.page, UFFDIO_COPY_MODE_WP),
		      0, m.page);
	expect_fault(fd, m.at, UFFD_PAGEFAULT_FLAG_WRITE | UFFD_PAGEFAULT_FLAG_WP);
	ck_assert(bytes_are(m.at, 5, m.page));
	ck_assert_int_eq(uffd_raw_writeprotect(fd, address(m.at), m.page, 0), 0);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(*page_at(&m, 0), 9);
	expect_silence(fd);
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}

static void protected_holes(void)
{
	write_to_a_protected_hole(LIBUFFD_BACKING_ANON, UFFDIO_REGISTER_MODE_MISSING);
	write_to_a_protected_hole(LIBUFFD_BACKING_SHMEM, UFFDIO_REGISTER_MODE_MISSING);
	write_to_a_protected_hole(LIBUFFD_BACKING_SHMEM, UFFDIO_REGISTER_MODE_MINOR);
}
TEST_MAIN(protected_holes)
