/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * On memory registered WP without WP_ASYNC, PAGEMAP_SCAN with CHECK_WPASYNC is EPERM, and plain
 * WP_MATCHING finds nothing at all.
 */
#include "expect.h"

static void pagemap_scan_without_wp_async(void)
{
	struct test_memory m;
	struct page_region found[8];
	struct pm_scan_arg arg = {.vec = address(found),
				  .vec_len = 8,
				  .category_mask = PAGE_IS_WRITTEN,
				  .return_mask = PAGE_IS_WRITTEN};
	int fd = test_uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP | UFFD_FEATURE_WP_ASYNC), pagemap;

	close(fd); /* only to skip where there is no PAGEMAP_SCAN: both came with 6.7 */
	fd = test_uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP);
	test_memory_make(&m, LIBUFFD_BACKING_ANON, 4);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_WP);
	pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(pagemap, 0);
	arg.start = address(m.at);
	arg.end = arg.start + m.length;

	arg.flags = PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC;
	ck_assert_int_eq(uffd_raw_pagemap_scan(pagemap, &arg), -EPERM);
	arg.flags = PM_SCAN_WP_MATCHING;
	ck_assert_int_eq(uffd_raw_pagemap_scan(pagemap, &arg), 0);
	ck_assert(!page_protected(m.at));

	close(pagemap);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(pagemap_scan_without_wp_async)
