/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Huge pages are filled from a file, whole: data, holes, and pages that have both. */
#include "serve.h"

#define PAGES 4u
#define HUGE  (2u << 20)

static uint8_t *expected;
static int fd;

static void put(size_t from, size_t length)
{
	content_write(expected + from, from, length);
	ck_assert_int_eq(pwrite(fd, expected + from, length, (off_t)from), (ssize_t)length);
}

static void brought(uint32_t backing, uint32_t modes)
{
	struct uffd_source *source;
	struct served s;

	ck_assert_int_eq(uffd_source_open_fd(&source, fd, NULL), 0);
	serve(&s, backing, PAGES, 0, modes, (struct uffd_region_opts){.source = source});
	uffd_source_close(source);
	s.loop = serve_start(s.ctx, NULL);
	ck_assert_int_eq(uffd_demand(s.region, 0, HUGE, NULL), 0);
	for (size_t k = PAGES; k-- > 0;)
		ck_assert_msg(memcmp(served_page(&s, k), expected + k * HUGE, HUGE) == 0,
			      "backing %u, page %zu", backing, k);
	serve_end(&s);
}

static void hugetlb_from_a_file(void)
{
	expected = calloc(PAGES, HUGE);
	fd = memfd_create("content", MFD_CLOEXEC);
	ck_assert_int_eq(ftruncate(fd, PAGES * HUGE), 0);
	put(0, HUGE);             /* all data */
	put(HUGE + 12345, 70000); /* some */
	put(3 * HUGE - 1, 1);     /* the last byte; page 3 is a hole */
	brought(LIBUFFD_BACKING_HUGETLB, LIBUFFD_MISSING);
	brought(LIBUFFD_BACKING_HUGETLB, LIBUFFD_MISSING | LIBUFFD_MINOR);
	brought(LIBUFFD_BACKING_HUGETLB_PRIVATE, LIBUFFD_MISSING);
	close(fd);
	free(expected);
}

TEST_MAIN(hugetlb_from_a_file)
