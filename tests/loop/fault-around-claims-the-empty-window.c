/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A fault claims the empty run around it: within an aligned window, not over the region's edges,
 * not over pages that are filled or being filled.
 */
#include "serve.h"

#define PAGES 40

static struct served s;
static _Atomic uint64_t offset, length, fault_offset;
static _Atomic int calls;

static int notes(struct uffd_region *region, const struct uffd_extent *extent, void *user)
{
	atomic_store(&offset, extent->offset);
	atomic_store(&length, extent->length);
	atomic_store(&fault_offset, extent->fault_offset);
	atomic_fetch_add(&calls, 1);
	return served_fault(region, extent, user);
}

/* Touching page claims [first, end). */
static void expect_claim(size_t page, size_t first, size_t end)
{
	int before = atomic_load(&calls);

	ck_assert(served_right(&s, page));
	ck_assert_int_eq(atomic_load(&calls), before + 1);
	ck_assert_msg(offset == first * s.m.page && length == (end - first) * s.m.page,
		      "page %zu claimed [%llu, +%llu), expected [%zu, %zu)", page,
		      (unsigned long long)(offset / s.m.page),
		      (unsigned long long)(length / s.m.page), first, end);
	ck_assert_uint_eq(fault_offset, page * s.m.page);
}

static void fill_page(size_t page)
{
	struct uffd_extent extent;

	ck_assert_int_eq(uffd_claim(s.region, page * s.m.page, s.m.page, &extent), 0);
	ck_assert_int_eq(uffd_copy(s.region, extent.offset, s.content + extent.offset, s.m.page, 0),
			 0);
}

static void begin(size_t around_pages)
{
	serve(&s, LIBUFFD_BACKING_ANON, PAGES, 0, LIBUFFD_MISSING,
	      (struct uffd_region_opts){.fault = notes,
					.fault_around =
						around_pages * (uint64_t)sysconf(_SC_PAGESIZE)});
	s.loop = serve_start(s.ctx, NULL);
}

static void fault_around_claims_the_empty_window(void)
{
	struct uffd_extent claimed;

	begin(16);
	expect_claim(15, 0, 16);     /* the region's start, the window's last page */
	expect_claim(16, 16, 32);    /* the window's first page */
	expect_claim(33, 32, PAGES); /* the region's end */
	serve_end(&s);

	begin(16);
	fill_page(3);
	fill_page(9);
	ck_assert_int_eq(uffd_claim(s.region, 12 * s.m.page, s.m.page, &claimed), 0);
	expect_claim(5, 4, 9);
	expect_claim(0, 0, 3);
	expect_claim(15, 13, 16);
	expect_claim(10, 10, 12);
	ck_assert_int_eq(uffd_abandon(s.region, claimed.offset, claimed.length), 0);
	expect_claim(12, 12, 13);
	serve_end(&s);

	begin(1);
	expect_claim(15, 15, 16);
	expect_claim(PAGES - 1, PAGES - 1, PAGES);
	expect_claim(14, 14, 15);
	serve_end(&s);

	begin(4);
	expect_claim(6, 4, 8);
	expect_claim(PAGES - 1, PAGES - 4, PAGES);
	serve_end(&s);

	begin(1024); /* larger than the region */
	fill_page(20);
	expect_claim(30, 21, PAGES);
	expect_claim(0, 0, 20);
	serve_end(&s);
}

TEST_MAIN(fault_around_claims_the_empty_window)
