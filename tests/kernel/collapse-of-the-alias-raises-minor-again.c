/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * MADV_COLLAPSE of another mapping of the same file takes the registered mapping's page table away:
 * pages that were CONTINUEd raise MINOR once more, and none is mapped that was not.
 */
#include "expect.h"
#include "hugepage.h"

static void expect_minor(int fd, const struct test_memory *m, size_t page)
{
	struct toucher t;

	ck_assert(!page_mapped(page_at(m, page)));
	touch_start(&t, page_at(m, page), false, 0);
	expect_fault(fd, page_at(m, page), UFFD_PAGEFAULT_FLAG_MINOR);
	EXPECT_ANSWER(ask_continue(fd, page_at(m, page), m->page, 0), 0, m->page);
	ck_assert_int_eq(touch_join(&t), TOUCH_DONE);
	ck_assert_int_eq(t.value, 5);
}

static void collapse_of_the_alias(void)
{
	struct test_memory m;
	void *alias;
	int fd = test_uffd(UFFD_FEATURE_MINOR_SHMEM);

	memfd_aligned_make(&m);
	keep_khugepaged_off(&m); /* which could do the same before the test looks */
	alias = aligned_alias(&m);
	for (size_t k = 0; k * m.page < m.length; k++)
		page_pwrite(&m, k, 5);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MINOR);
	EXPECT_ANSWER(ask_continue(fd, m.at, m.page, 0), 0, m.page);
	ck_assert(page_mapped(m.at));

	collapse(alias);
	expect_silence(fd);
	expect_minor(fd, &m, 0);
	expect_minor(fd, &m, 7);
	munmap(alias, m.length);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(collapse_of_the_alias)
