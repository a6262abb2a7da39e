/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* CONTINUE of a page that is in the page table already is EEXIST. */
#include "expect.h"

static void continue_mapped_page(void)
{
	struct test_memory m;
	int fd = test_uffd(UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	page_pwrite(&m, 0, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MINOR);
	EXPECT_ANSWER(ask_continue(fd, m.at, m.page, 0), 0, m.page);
	EXPECT_ANSWER(ask_continue(fd, m.at, m.page, 0), -EEXIST, -EEXIST);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(continue_mapped_page)
