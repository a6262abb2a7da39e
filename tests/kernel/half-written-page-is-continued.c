/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* After a pwrite of half a page CONTINUE maps it, the other half zeros: it cannot know better. */
#include "expect.h"

static void half_written_page_is_continued(void)
{
	struct test_memory m;
	uint8_t *from;
	int fd = test_uffd(UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MINOR);
	ck_assert_int_eq(pwrite(m.fd, from, m.page / 2, 0), (ssize_t)(m.page / 2));
	EXPECT_ANSWER(ask_continue(fd, m.at, m.page, 0), 0, m.page);
	ck_assert(bytes_are(m.at, 5, m.page / 2));
	ck_assert(bytes_are(page_at(&m, 0) + m.page / 2, 0, m.page / 2));
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(half_written_page_is_continued)
