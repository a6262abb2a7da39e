/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* COPY works in a mapping that is registered MINOR only: the kernel does not look. */
#include "expect.h"

static void copy_in_minor_only(void)
{
	struct test_memory m;
	uint8_t *from;
	int fd = test_uffd(UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 1);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MINOR);
	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.page, 0), 0, m.page);
	ck_assert(page_mapped(m.at));
	ck_assert(bytes_are(m.at, 5, m.page));
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(copy_in_minor_only)
