/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Anonymous private memory registers MISSING and WP, not MINOR. */
#include "expect.h"
#include "registration.h"

static void anonymous_memory(void)
{
	static const struct registration wanted = {.minor = -EINVAL};
	struct test_memory m;

	test_memory_make(&m, LIBUFFD_BACKING_ANON, 2);
	expect_registration(&m, &wanted);
	test_memory_free(&m);
}
TEST_MAIN(anonymous_memory)
