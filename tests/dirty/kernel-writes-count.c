/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What the kernel writes on the program's behalf counts: read(2) into memory that is there, that
 * was never touched, that is brought for it, and over several pages.
 */
#include "tracked.h"

#define PAGES 8u

static void reads(uint32_t method, const struct track_kind *kind)
{
	struct tracked t;
	size_t size;
	int file;

	track_serve(&t, method, kind, PAGES, 0, 0, (struct uffd_region_opts){.fault_around = 4096});
	size = t.s.m.page;
	file = memfd_create("uffd-test-file", MFD_CLOEXEC);
	ck_assert_int_eq(write(file, "abcd", 4), 4);
	ck_assert_int_eq(ftruncate(file, (off_t)(4 * size)), 0);
	track_write(&t, 1);
	track_start(&t);
	ck_assert_int_eq(pread(file, served_page(&t.s, 1) + 5, 4, 0), 4);
	ck_assert_int_eq(memcmp(served_page(&t.s, 1) + 5, "abcd", 4), 0);
	ck_assert_int_eq(pread(file, served_page(&t.s, 3) - 4, 4, 0), 4);
	EXPECT_DIRTY(&t, "1-2");
	ck_assert_int_eq(pread(file, served_page(&t.s, 4) - 2, 4, 0), 4);
	ck_assert_int_eq(memcmp(served_page(&t.s, 4) - 2, "abcd", 4), 0);
	EXPECT_DIRTY(&t, "3-4");
	ck_assert_int_eq(pread(file, served_page(&t.s, 4) + 1, 3 * size, 0), 3 * (ssize_t)size);
	EXPECT_DIRTY(&t, "4-7");
	EXPECT_DIRTY(&t, "");
	close(file);
	track_end(&t);
}

static void kernel_writes_count(void)
{
	track_each(reads, PAGES);
}

TEST_MAIN(kernel_writes_count)
