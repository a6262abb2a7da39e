/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* MADV_COLLAPSE of the mapping that is registered MINOR maps all of it, with no fault. */
#include "expect.h"
#include "hugepage.h"

#define NEVER_CONTINUED 7

static void collapse_of_the_registered_mapping(void)
{
	struct test_memory m;
	int fd = test_uffd(UFFD_FEATURE_MINOR_SHMEM);

	memfd_aligned_make(&m);
	for (size_t k = 0; k * m.page < m.length; k++)
		page_pwrite(&m, k, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MINOR);
	EXPECT_ANSWER(ask_continue(fd, m.at, m.page, 0), 0, m.page);
	ck_assert(!page_mapped(page_at(&m, NEVER_CONTINUED)));

	collapse(m.at);
	expect_silence(fd);
	ck_assert_msg(page_mapped(page_at(&m, NEVER_CONTINUED)),
		      "fact changed: MADV_COLLAPSE respects a MINOR registration");
	ck_assert_int_eq(expect_silent_touch(fd, page_at(&m, NEVER_CONTINUED), false, 0), 5);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(collapse_of_the_registered_mapping)
