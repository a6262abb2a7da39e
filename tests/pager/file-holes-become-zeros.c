/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Holes of a sparse file become zero pages, without a read (pages_zeroed counts them), wherever
 * data begins and ends, also within a page and past the last data.
 */
#include "serve.h"

#define PAGES 64u

static int fd;
static size_t page;
static uint8_t expected[PAGES * 65536];

static void put(size_t from, size_t to)
{
	content_write(expected + from, from, to - from);
	ck_assert_int_eq(pwrite(fd, expected + from, to - from, (off_t)from), (ssize_t)(to - from));
}

static void brought(struct uffd_source *source, uint32_t modes, uint32_t backing, uint64_t offset,
		    bool backwards)
{
	size_t pages = offset ? PAGES - 1 : PAGES;
	struct served s;

	serve(&s, backing, pages, 0, modes,
	      (struct uffd_region_opts){.source = source, .source_offset = offset});
	s.loop = serve_start(s.ctx, NULL);
	for (size_t i = 0; i < pages; i++) {
		size_t k = backwards ? pages - 1 - i : i;

		ck_assert_msg(memcmp(served_page(&s, k), expected + offset + k * page, page) == 0,
			      "offset %llu, page %zu", (unsigned long long)offset, k);
	}
	serve_settled(&s);
	/* 3 pages at the beginning, 30 in the middle, the end. */
	ck_assert_uint_ge(stats_of(s.ctx).pages_zeroed, 3 + 28 + 8);
	if (!offset)
		ck_assert_uint_eq(stats_of(s.ctx).pages_copied,
				  PAGES - stats_of(s.ctx).pages_zeroed);
	serve_end(&s);
}

static void file_holes_become_zeros(void)
{
	struct uffd_source *source;

	page = (size_t)sysconf(_SC_PAGESIZE);
	fd = memfd_create("sparse", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(fd, (off_t)(PAGES * page)), 0);
	put(3 * page, 7 * page);
	put(7 * page + 100, 9 * page + 1);
	put(40 * page + page / 2, 50 * page);
	put(55 * page - 1, 55 * page);
	ck_assert_int_eq(uffd_source_open_fd(&source, fd, NULL), 0);
	brought(source, LIBUFFD_MISSING, LIBUFFD_BACKING_ANON, 0, false);
	brought(source, LIBUFFD_MISSING, LIBUFFD_BACKING_ANON, 777, true);
	brought(source, LIBUFFD_MISSING | LIBUFFD_MINOR, LIBUFFD_BACKING_SHMEM, 0, true);
	uffd_source_close(source);
	close(fd);
}

TEST_MAIN(file_holes_become_zeros)
