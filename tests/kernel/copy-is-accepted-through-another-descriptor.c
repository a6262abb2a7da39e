/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* COPY works through a userfaultfd of the same process that never registered the memory. */
#include "expect.h"

static void copy_through_another_descriptor(void)
{
	struct test_memory m;
	uint8_t *from;
	int owner = test_uffd(0), other = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 1);
	from = pattern_make(&m, 5);
	expect_register(owner, &m, UFFDIO_REGISTER_MODE_MISSING);
	EXPECT_ANSWER(ask_copy(other, m.at, from, m.page, 0), 0, m.page);
	ck_assert(page_mapped(m.at));
	ck_assert(bytes_are(m.at, 5, m.page));
	pattern_free(&m, from);
	test_memory_free(&m);
	close(owner);
	close(other);
}
TEST_MAIN(copy_through_another_descriptor)
