/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A second UFFDIO_API is EINVAL; after a failed one the same descriptor may try again. */
#include "expect.h"

static void second_handshake_is_refused(void)
{
	uint64_t features = 0;
	int fd;

	close(test_uffd(0));
	fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK, NULL);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(uffd_raw_api(fd, UINT64_C(1) << 63, NULL, NULL), -EINVAL);
	ck_assert_int_eq(uffd_raw_api(fd, 0, &features, NULL), 0);
	ck_assert(features != 0);
	ck_assert_int_eq(uffd_raw_api(fd, 0, NULL, NULL), -EINVAL);
	close(fd);
}
TEST_MAIN(second_handshake_is_refused)
