/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* CONTINUE of a page that was only fallocated succeeds and maps zeros. */
#include "expect.h"

static void continue_fallocated_page(void)
{
	struct test_memory m;
	int fd = test_uffd(UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MINOR);
	ck_assert_int_eq(fallocate(m.fd, 0, 0, (off_t)m.page), 0);
	EXPECT_ANSWER(ask_continue(fd, m.at, m.page, 0), 0, m.page);
	ck_assert(page_mapped(m.at));
	ck_assert(bytes_are(m.at, 0, m.page));
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(continue_fallocated_page)
