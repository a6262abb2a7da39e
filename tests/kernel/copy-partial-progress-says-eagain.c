/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A COPY of a range whose first blocker is not its first page is EAGAIN with the bytes done; asking
 * again from there gives the true error.
 */
#include "expect.h"

static void copy_stops_at_the_blocker(void)
{
	struct test_memory m;
	uint8_t *from;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 4);
	from = pattern_make(&m, 5);
	memset(page_at(&m, 2), 99, m.page);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);

	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.length, 0), -EAGAIN, 2 * m.page);
	ck_assert(bytes_are(page_at(&m, 0), 5, m.page));
	ck_assert(bytes_are(page_at(&m, 1), 6, m.page));
	ck_assert(bytes_are(page_at(&m, 2), 99, m.page));
	ck_assert(!page_mapped(page_at(&m, 3)));
	EXPECT_ANSWER(ask_copy(fd, page_at(&m, 2), from + 2 * m.page, 2 * m.page, 0), -EEXIST,
		      -EEXIST);
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(copy_stops_at_the_blocker)
