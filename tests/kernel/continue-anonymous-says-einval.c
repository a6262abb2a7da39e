/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* CONTINUE of anonymous memory, present or not, is EINVAL, in the field too. */
#include "expect.h"

static void continue_anonymous(void)
{
	struct test_memory m;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	memset(page_at(&m, 1), 1, m.page);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	EXPECT_ANSWER(ask_continue(fd, page_at(&m, 0), m.page, 0), -EINVAL, -EINVAL);
	EXPECT_ANSWER(ask_continue(fd, page_at(&m, 1), m.page, 0), -EINVAL, -EINVAL);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(continue_anonymous)
