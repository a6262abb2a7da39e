/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* COPY onto a present page, or onto the zero page, is EEXIST and changes nothing. */
#include "expect.h"

static void copy_onto_present_pages(void)
{
	struct test_memory m;
	uint8_t *from;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	from = pattern_make(&m, 5);
	memset(page_at(&m, 0), 9, m.page);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	EXPECT_ANSWER(ask_zeropage(fd, page_at(&m, 1), m.page, 0), 0, m.page);

	EXPECT_ANSWER(ask_copy(fd, page_at(&m, 0), from, m.page, 0), -EEXIST, -EEXIST);
	EXPECT_ANSWER(ask_copy(fd, page_at(&m, 1), from, m.page, 0), -EEXIST, -EEXIST);
	ck_assert(bytes_are(page_at(&m, 0), 9, m.page));
	ck_assert(bytes_are(page_at(&m, 1), 0, m.page));
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(copy_onto_present_pages)
