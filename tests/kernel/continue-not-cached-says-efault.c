/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* CONTINUE of a page that is not in the page cache is EFAULT, in the field too. */
#include "expect.h"

static void continue_not_cached(void)
{
	struct test_memory m;
	int fd = test_uffd(UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MINOR);
	EXPECT_ANSWER(ask_continue(fd, m.at, m.page, 0), -EFAULT, -EFAULT);
	ck_assert(!page_cached(&m, 0));
	/* As always a blocker behind the first page is EAGAIN. */
	page_pwrite(&m, 0, 1);
	EXPECT_ANSWER(ask_continue(fd, m.at, 2 * m.page, 0), -EAGAIN, m.page);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(continue_not_cached)
