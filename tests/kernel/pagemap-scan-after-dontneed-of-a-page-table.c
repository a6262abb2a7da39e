/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * MADV_DONTNEED of all that a page table maps: anonymous pages show as written, protected or not,
 * and so do pages of shared memory that were written before, while protected ones keep their
 * markers and do not.
 */
#include "hugepage.h"
#include "scan.h"

static void map_aligned(struct test_memory *m, uint32_t backing)
{
	uint8_t *at;

	if (backing == LIBUFFD_BACKING_SHMEM) {
		memfd_aligned_make(m);
		keep_khugepaged_off(m);
		return;
	}
	at = mmap(NULL, 2 * HUGE_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(at, MAP_FAILED);
	at += HUGE_SIZE - ((uintptr_t)at & (HUGE_SIZE - 1));
	*m = (struct test_memory){
		.at = at, .length = HUGE_SIZE, .page = (size_t)sysconf(_SC_PAGESIZE), .fd = -1};
	keep_khugepaged_off(m);
}

static void dontneed(uint32_t backing, bool protected, const char *wanted)
{
	struct test_memory m;
	int fd;

	map_aligned(&m, backing);
	if (m.page != 4096)
		test_skip("pages of %zu bytes: a page table is not 2 MiB", m.page);
	fd = scan_uffd(&m);
	for (size_t k = 0; k < 512; k++)
		write_page(&m, k);
	if (protected)
		protect_all(fd, &m);
	ck_assert_int_eq(madvise(m.at, m.length, MADV_DONTNEED), 0);
	EXPECT_WRITTEN(&m, 0, wanted);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, wanted);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "");
	write_page(&m, 77);
	EXPECT_WRITTEN(&m, SCAN_PROTECT, "77");
	test_memory_free(&m);
	close(fd);
}

static void dontneed_of_a_page_table(void)
{
	dontneed(LIBUFFD_BACKING_ANON, false, "0-511");
	dontneed(LIBUFFD_BACKING_ANON, true, "0-511");
	dontneed(LIBUFFD_BACKING_SHMEM, false, "0-511");
	dontneed(LIBUFFD_BACKING_SHMEM, true, "");
}
TEST_MAIN(dontneed_of_a_page_table)
