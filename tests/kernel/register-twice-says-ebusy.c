/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A mapping that another userfaultfd serves is EBUSY; its own userfaultfd may register it again. */
#include "expect.h"

static void register_twice_says_ebusy(void)
{
	struct test_memory m;
	int first = test_uffd(0), second = test_uffd(0);

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	expect_register(first, &m, UFFDIO_REGISTER_MODE_MISSING);
	ck_assert_int_eq(uffd_raw_register(second, address(m.at), m.length,
					   UFFDIO_REGISTER_MODE_MISSING, NULL),
			 -EBUSY);
	expect_register(first, &m, UFFDIO_REGISTER_MODE_MISSING);
	test_memory_free(&m);
	close(first);
	close(second);
}
TEST_MAIN(register_twice_says_ebusy)
