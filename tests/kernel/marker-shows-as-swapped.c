/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The marker of a protected page that is absent: bits 62, swapped, and 57, protected, of its
 * pagemap entry, and not 63, present. mincore(2) looks past it, at the page cache.
 */
#include "scan.h"

#define SWAPPED (UINT64_C(1) << 62)

static void expect_marker(const struct test_memory *m, size_t page, int resident)
{
	uint64_t entry = page_entry(page_at(m, page));
	unsigned char vec = 0x5e;

	ck_assert_msg((entry & (PAGE_ENTRY_PRESENT | SWAPPED | PAGE_ENTRY_WP)) ==
			      (SWAPPED | PAGE_ENTRY_WP),
		      "page %zu: 0x%llx", page, (unsigned long long)entry);
	if (resident < 0)
		return;
	ck_assert_int_eq(mincore(page_at(m, page), m->page, &vec), 0);
	ck_assert_int_eq(vec & 1, resident);
}

static void marked(uint32_t backing)
{
	struct test_memory m;
	int fd;

	test_memory_make(&m, backing, 4);
	fd = scan_uffd(&m);
	if (m.fd >= 0)
		page_pwrite(&m, 1, 7);
	write_page(&m, 3);
	ck_assert_uint_eq(page_entry(page_at(&m, 0)), 0);
	protect_all(fd, &m);
	expect_marker(&m, 0, 0);
	expect_marker(&m, 1, m.fd >= 0);
	ck_assert(page_mapped(page_at(&m, 3)) && page_protected(page_at(&m, 3)));
	ck_assert(!(page_entry(page_at(&m, 3)) & SWAPPED));
	read_page(&m, 0);
	ck_assert(page_mapped(page_at(&m, 0)) && page_protected(page_at(&m, 0)));
	test_memory_free(&m);
	close(fd);
}

static void marker_shows_as_swapped(void)
{
	marked(LIBUFFD_BACKING_ANON);
	marked(LIBUFFD_BACKING_SHMEM);
	marked(LIBUFFD_BACKING_SHMEM_PRIVATE);
}
TEST_MAIN(marker_shows_as_swapped)
