/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* COPY to memory that is unmapped, or not registered, or across two mappings, is ENOENT. */
#include "expect.h"

static void copy_without_registration(void)
{
	struct test_memory m, plain;
	uint8_t *from;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 4);
	test_memory_make(&plain, LIBUFFD_BACKING_ANON, 1);
	from = pattern_make(&m, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);

	EXPECT_ANSWER(ask_copy(fd, plain.at, from, m.page, 0), -ENOENT, -ENOENT);
	/* Another protection makes another mapping. */
	ck_assert_int_eq(mprotect(page_at(&m, 1), m.page, PROT_READ), 0);
	EXPECT_ANSWER(ask_copy(fd, m.at, from, 2 * m.page, 0), -ENOENT, -ENOENT);
	ck_assert(!page_mapped(m.at));
	ck_assert_int_eq(munmap(page_at(&m, 3), m.page), 0);
	EXPECT_ANSWER(ask_copy(fd, page_at(&m, 3), from, m.page, 0), -ENOENT, -ENOENT);
	pattern_free(&m, from);
	test_memory_free(&plain);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(copy_without_registration)
