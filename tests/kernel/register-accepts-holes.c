/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A range with nothing mapped in its middle registers, and both its ends are served. */
#include "expect.h"

static void register_accepts_holes(void)
{
	struct test_memory m;
	struct toucher first, last;
	int fd = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 3);
	ck_assert_int_eq(munmap(page_at(&m, 1), m.page), 0);
	expect_register(fd, &m, UFFDIO_REGISTER_MODE_MISSING);
	touch_start(&first, page_at(&m, 0), false, 0);
	expect_fault(fd, page_at(&m, 0), 0);
	touch_start(&last, page_at(&m, 2), false, 0);
	expect_fault(fd, page_at(&m, 2), 0);
	ck_assert_int_eq(uffd_raw_zeropage(fd, address(page_at(&m, 0)), m.page, 0),
			 (int64_t)m.page);
	ck_assert_int_eq(uffd_raw_zeropage(fd, address(page_at(&m, 2)), m.page, 0),
			 (int64_t)m.page);
	ck_assert_int_eq(touch_join(&first), TOUCH_DONE);
	ck_assert_int_eq(touch_join(&last), TOUCH_DONE);
	test_memory_free(&m);
	close(fd);
}
TEST_MAIN(register_accepts_holes)
