/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* guest_memfd registers WP while UFFD_FEATURE_WP_ASYNC is on, and in no other mode. */
#include "expect.h"
#include "kvm.h"
#include "registration.h"

static void guest_memfd(void)
{
	static const struct registration wanted = {
		.missing = -EINVAL, .minor = -EINVAL, .wp = -EINVAL};
	struct test_memory m;

	kvm_guest_memfd_make(&m, 2);
	expect_registration(&m, &wanted);
	test_memory_free(&m);
}
TEST_MAIN(guest_memfd)
