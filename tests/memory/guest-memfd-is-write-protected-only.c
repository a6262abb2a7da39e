/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * guest_memfd takes write-protection with WP_ASYNC and nothing else: writes are seen by
 * PAGEMAP_SCAN, nothing is ever claimed for a fault, and no completion pretends to work.
 */
#include "claims.h"
#include "kvm.h"

#define PAGES 8

static uint64_t written(const struct served *s)
{
	struct page_region found[PAGES];
	struct pm_scan_arg scan = {.start = address(s->m.at),
				   .end = address(s->m.at) + s->m.length,
				   .flags = PM_SCAN_CHECK_WPASYNC,
				   .vec = address(found),
				   .vec_len = PAGES,
				   .category_mask = PAGE_IS_WRITTEN,
				   .return_mask = PAGE_IS_WRITTEN};
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	int64_t n = uffd_raw_pagemap_scan(fd, &scan);
	uint64_t mask = 0;

	ck_assert_int_ge(n, 0);
	close(fd);
	for (int64_t i = 0; i < n; i++)
		for (uint64_t at = found[i].start; at < found[i].end; at += s->m.page)
			mask |= UINT64_C(1) << ((at - address(s->m.at)) / s->m.page);
	return mask;
}

static void write_protected_only(void)
{
	struct uffd_region_opts opts = {.size = sizeof(opts)};
	struct served s = {0};
	struct uffd_extent e;

	kvm_guest_memfd_make(&s.m, PAGES);
	s.content = content_make(s.m.length);
	/* Not without WP_ASYNC, and in no other mode with it. */
	s.ctx = serve_ctx(0);
	opts.wp_fault = count_wp;
	ck_assert_int_eq(uffd_region_add(&s.region, s.ctx, s.m.at, s.m.length, LIBUFFD_WP, &opts),
			 -EOPNOTSUPP);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	s.ctx = serve_ctx(UFFD_FEATURE_WP_ASYNC);
	opts.fault = served_fault;
	ck_assert_int_eq(
		uffd_region_add(&s.region, s.ctx, s.m.at, s.m.length, LIBUFFD_MISSING, &opts),
		-EOPNOTSUPP);
	ck_assert_int_eq(uffd_region_add(&s.region, s.ctx, s.m.at, s.m.length,
					 LIBUFFD_MISSING | LIBUFFD_MINOR, &opts),
			 -EOPNOTSUPP);
	opts.fault = NULL;
	opts.wp_fault = NULL;
	ck_assert_int_eq(uffd_region_add(&s.region, s.ctx, s.m.at, s.m.length, LIBUFFD_WP, &opts),
			 0);
	ck_assert_uint_eq(uffd_region_backing(s.region), LIBUFFD_BACKING_GUEST_MEMFD);

	memcpy(s.m.at, s.content, s.m.length);
	ck_assert_int_eq(uffd_writeprotect(s.region, 0, s.m.length, 1), 0);
	ck_assert_uint_eq(written(&s), 0);
	*served_page(&s, 2) = 0xee;
	*served_page(&s, 5) = 0xee;
	ck_assert_uint_eq(written(&s), 0x24);
	ck_assert_int_eq(uffd_writeprotect(s.region, 2 * s.m.page, s.m.page, 1), 0);
	ck_assert_uint_eq(written(&s), 0x20);

	ck_assert_int_eq(uffd_claim(s.region, 0, s.m.page, &e), 0);
	ck_assert_int_eq(uffd_copy(s.region, 0, s.content, s.m.page, 0), -EOPNOTSUPP);
	ck_assert_int_eq(uffd_zero(s.region, 0, s.m.page, 0), -EOPNOTSUPP);
	ck_assert_int_eq(uffd_continue(s.region, 0, s.m.page, 0), -EOPNOTSUPP);
	ck_assert_int_eq(uffd_populate(s.region, 0, s.content, s.m.page, 0), -EOPNOTSUPP);
	ck_assert_int_eq(uffd_move(s.region, 0, s.content, s.m.page, 0), -EOPNOTSUPP);
	ck_assert_int_eq(uffd_poison(s.region, 0, s.m.page), -EOPNOTSUPP);
	expect_state(&s, 0, 1, LIBUFFD_PAGE_BUSY);
	ck_assert_int_eq(uffd_abandon(s.region, 0, s.m.page), 0);
	ck_assert_int_eq(uffd_demand(s.region, 0, s.m.page, NULL), -EOPNOTSUPP);
	ck_assert_int_eq(uffd_prefetch(s.region, 0, s.m.page), -EOPNOTSUPP);
	/* It owes nobody content. */
	ck_assert_int_eq(uffd_region_remove(s.region, LIBUFFD_CLOSE_REFUSE), 0);
	ck_assert_int_eq(uffd_ctx_close(s.ctx, LIBUFFD_CLOSE_REFUSE), 0);
	ck_assert(content_is(served_page(&s, 1), s.m.page, s.m.page));
	munmap(s.content, s.m.length);
	test_memory_free(&s.m);
}
TEST_MAIN(write_protected_only)
