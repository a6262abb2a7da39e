/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A memfd registers in every mode, mapped shared and mapped private. */
#include "expect.h"
#include "registration.h"

static void shared_memory(void)
{
	static const struct registration wanted = {0};
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_SHMEM, 2);
	expect_registration(&m, &wanted);
	test_memory_free(&m);
	test_memory_make(&m, LIBUFFD_BACKING_SHMEM_PRIVATE, 2);
	expect_registration(&m, &wanted);
	test_memory_free(&m);
}
TEST_MAIN(shared_memory)
