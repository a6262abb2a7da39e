/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * COPY from memory that is not mapped is EFAULT; where only the second page is not mapped, EAGAIN
 * after one page, and EFAULT when asked again.
 */
#include "expect.h"

static void copy_from_a_bad_source(void)
{
	struct test_memory m;
	uint8_t *from;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	from = pattern_make(&m, 5);
	ck_assert_int_eq(mprotect(from + m.page, m.page, PROT_NONE), 0);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);

	EXPECT_ANSWER(ask_copy(fd, m.at, from, m.length, 0), -EAGAIN, m.page);
	EXPECT_ANSWER(ask_copy(fd, page_at(&m, 1), from + m.page, m.page, 0), -EFAULT, -EFAULT);
	ck_assert_int_eq(munmap(from + m.page, m.page), 0);
	EXPECT_ANSWER(ask_copy(fd, page_at(&m, 1), from + m.page, m.page, 0), -EFAULT, -EFAULT);
	ck_assert(page_mapped(page_at(&m, 0)));
	ck_assert(!page_mapped(page_at(&m, 1)));
	munmap(from, m.page);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(copy_from_a_bad_source)
