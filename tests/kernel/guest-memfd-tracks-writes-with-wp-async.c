/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * guest_memfd registered WP with WP_ASYNC: PAGEMAP_SCAN tells which pages the user mapping wrote,
 * and no message is sent.
 */
#include "expect.h"
#include "kvm.h"

static int64_t scan(int pagemap, const struct test_memory *m, struct page_region *found,
		    uint64_t flags)
{
	struct pm_scan_arg arg = {.vec = address(found),
				  .vec_len = 4,
				  .flags = flags,
				  .start = address(m->at),
				  .end = address(m->at) + m->length,
				  .category_mask = PAGE_IS_WRITTEN,
				  .return_mask = PAGE_IS_WRITTEN};

	return uffd_raw_pagemap_scan(pagemap, &arg);
}

static void guest_memfd_tracks_writes(void)
{
	struct test_memory m;
	struct page_region found[4];
	int fd = test_uffd(UFFD_FEATURE_WP_ASYNC), pagemap;

	kvm_guest_memfd_make(&m, 4);
	pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	memset(m.at, 1, m.length);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_WP);
	ck_assert_int_ge(scan(pagemap, &m, found, PM_SCAN_WP_MATCHING | PM_SCAN_CHECK_WPASYNC), 0);
	ck_assert_int_eq(scan(pagemap, &m, found, 0), 0);

	expect_silent_touch(fd, page_at(&m, 2), true, 9);
	ck_assert_int_eq(scan(pagemap, &m, found, PM_SCAN_CHECK_WPASYNC), 1);
	ck_assert_uint_eq(found[0].start, address(page_at(&m, 2)));
	ck_assert_uint_eq(found[0].end, address(page_at(&m, 3)));
	close(pagemap);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(guest_memfd_tracks_writes)
