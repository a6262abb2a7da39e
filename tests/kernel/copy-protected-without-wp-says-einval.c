/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* COPY with MODE_WP into a mapping that is not registered WP is EINVAL, in the field too. */
#include "expect.h"

static void copy_protected_without_wp(void)
{
	struct test_memory m;
	uint8_t *from;
	int fd = test_uffd(UFFD_FEATURE_PAGEFAULT_FLAG_WP);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.page, UFFDIO_COPY_MODE_WP), -EINVAL, -EINVAL);
	ck_assert(!page_mapped(m.at));
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(copy_protected_without_wp)
