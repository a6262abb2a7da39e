/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * On a tmpfs with huge=always a pwrite of 4 KiB fills 2 MiB of the page cache: a page that nobody
 * wrote raises MINOR, and CONTINUE maps zeros. COPY puts in 4 KiB and no more.
 */
#include "expect.h"
#include "hugepage.h"

#define UNWRITTEN 100

static void expect_huge_pages(void)
{
	/* A collapse tells a kernel that spills no more from one that has no huge page left. */
	struct test_memory m;

	memfd_aligned_make(&m);
	page_pwrite(&m, 0, 1);
	collapse(m.at);
	test_memory_free(&m);
}

/* How often the kernel had no huge page for a file and took small ones; 0 where it does not say. */
static unsigned long fallbacks(void)
{
	unsigned long count = 0;
	char line[128];
	FILE *f = fopen("/proc/vmstat", "re");

	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "thp_file_fallback %lu", &count) == 1)
			break;
	if (f)
		fclose(f);
	return count;
}

static void pwrite_spills(int fd)
{
	unsigned long before = fallbacks();
	struct test_memory m;
	struct toucher t;

	tmpfs_huge_make(&m);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_MINOR);
	page_pwrite(&m, 0, 5);
	if (!page_cached(&m, UNWRITTEN) && fallbacks() > before)
		test_skip("the huge page that was left is not any more");
	ck_assert_msg(page_cached(&m, UNWRITTEN),
		      "fact changed: a 4 KiB pwrite on huge=always fills no huge page");
	touch_start(&t, page_at(&m, UNWRITTEN), false, 0);
	expect_fault(fd, page_at(&m, UNWRITTEN), UFFD_PAGEFAULT_FLAG_MINOR);
	EXPECT_ANSWER(ask_continue(fd, page_at(&m, UNWRITTEN), m.page, 0), 0, m.page);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert(bytes_are(page_at(&m, UNWRITTEN), 0, m.page));
	test_memory_free(&m);
}

static void copy_stays_small(int fd)
{
	struct test_memory m;
	struct toucher t;
	uint8_t *from;

	tmpfs_huge_make(&m);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_MINOR);
	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.page, 0), 0, m.page);
	ck_assert(!page_cached(&m, UNWRITTEN));
	ck_assert(!page_cached(&m, 1));
	touch_start(&t, page_at(&m, 1), false, 0);
	expect_fault(fd, page_at(&m, 1), 0);
	EXPECT_ANSWER(ask_zeropage(fd, page_at(&m, 1), m.page, 0), 0, m.page);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	pattern_free(&m, from);
	test_memory_free(&m);
}

static void small_pwrite_fills_a_huge_page(void)
{
	int fd = test_uffd(UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MINOR_SHMEM);

	expect_huge_pages();
	pwrite_spills(fd);
	copy_stays_small(fd);
	close(fd);
}
TEST_MAIN(small_pwrite_fills_a_huge_page)
