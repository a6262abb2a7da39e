/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Behind the end of a shared file COPY is EFAULT and CONTINUE is EINVAL. */
#include "expect.h"

static void past_the_end_of_file(void)
{
	struct test_memory m;
	uint8_t *from;
	int fd = test_uffd(UFFD_FEATURE_MISSING_SHMEM | UFFD_FEATURE_MINOR_SHMEM);

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING | UFFDIO_REGISTER_MODE_MINOR);
	ck_assert_int_eq(ftruncate(m.fd, (off_t)m.page), 0);
	EXPECT_ANSWER(ask_copy(fd, page_at(&m, 1), from, m.page, 0), -EFAULT, -EFAULT);
	EXPECT_ANSWER(ask_continue(fd, page_at(&m, 1), m.page, 0), -EINVAL, -EINVAL);
	EXPECT_ANSWER(ask_copy(fd, page_at(&m, 0), from, m.page, 0), 0, m.page);
	pattern_free(&m, from);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(past_the_end_of_file)
