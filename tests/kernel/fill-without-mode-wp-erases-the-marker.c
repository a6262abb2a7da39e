/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * COPY and CONTINUE without MODE_WP erase a write-protect marker, so that a write to the page is no
 * longer noticed; with MODE_WP the page is mapped protected.
 */
#include "expect.h"

#define WP_FEATURES                                                                                \
	(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_HUGETLBFS_SHMEM |                        \
	 UFFD_FEATURE_WP_UNPOPULATED)

static void copy_erases(uint32_t backing)
{
	struct test_memory m;
	uint8_t *from;
	int fd = test_uffd(WP_FEATURES | UFFD_FEATURE_MISSING_SHMEM);

	test_memory_make(&m, backing, 2);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_WP);
	ck_assert_int_eq(
		uffd_raw_writeprotect(fd, address(m.at), m.length, UFFDIO_WRITEPROTECT_MODE_WP), 0);
	ck_assert(page_protected(page_at(&m, 0)) && page_protected(page_at(&m, 1)));
	EXPECT_ANSWER(ask_copy(fd, page_at(&m, 0), from, m.page, 0), 0, m.page);
	EXPECT_ANSWER(ask_copy(fd, page_at(&m, 1), from, m.page, UFFDIO_COPY_MODE_WP), 0, m.page);
	ck_assert(!page_protected(page_at(&m, 0)));
	ck_assert(page_protected(page_at(&m, 1)));
	expect_silent_touch(fd, page_at(&m, 0), true, 9);
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}

static void continue_erases(void)
{
	struct test_memory m;
	int fd = test_uffd(WP_FEATURES | UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	page_pwrite(&m, 0, 5);
	page_pwrite(&m, 1, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MINOR | UFFDIO_REGISTER_MODE_WP);
	ck_assert_int_eq(
		uffd_raw_writeprotect(fd, address(m.at), m.length, UFFDIO_WRITEPROTECT_MODE_WP), 0);
	ck_assert(page_protected(page_at(&m, 0)) && page_protected(page_at(&m, 1)));
	EXPECT_ANSWER(ask_continue(fd, page_at(&m, 0), m.page, 0), 0, m.page);
	EXPECT_ANSWER(ask_continue(fd, page_at(&m, 1), m.page, UFFDIO_CONTINUE_MODE_WP), 0, m.page);
	ck_assert(!page_protected(page_at(&m, 0)));
	ck_assert(page_protected(page_at(&m, 1)));
	expect_silent_touch(fd, page_at(&m, 0), true, 9);
	test_memory_free(&m);
	close(fd);
}

static void fill_without_mode_wp_erases_the_marker(void)
{
	copy_erases(LIBUFFD_BACKING_ANON);
	copy_erases(LIBUFFD_BACKING_SHMEM);
	continue_erases();
}
TEST_MAIN(fill_without_mode_wp_erases_the_marker)
