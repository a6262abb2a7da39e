/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* CONTINUE works in a mapping that is registered MISSING only: the kernel does not look. */
#include "expect.h"

static void continue_in_missing_only(void)
{
	struct test_memory m;
	int fd = test_uffd(UFFD_FEATURE_MISSING_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	page_pwrite(&m, 0, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	EXPECT_ANSWER(ask_continue(fd, m.at, m.page, 0), 0, m.page);
	ck_assert(page_mapped(m.at));
	ck_assert(bytes_are(m.at, 5, m.page));
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(continue_in_missing_only)
