/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A handshake for a feature the kernel lacks fails and may be repeated; a second good one may not.
 */
#include "test.h"

#include <uffd/raw.h>

static void handshake(void)
{
	uint64_t features = 0, same = 0, ioctls = 0;
	int fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY, NULL);

	if (fd < 0)
		test_skip("no userfaultfd: %s", strerror(-fd));
	ck_assert_int_eq(uffd_raw_api(fd, UINT64_C(1) << 63, &features, &ioctls), -EINVAL);
	ck_assert_uint_eq(features, 0);
	ck_assert_uint_eq(ioctls, 0);
	ck_assert_int_eq(uffd_raw_api(fd, 0, &features, &ioctls), 0);
	ck_assert_uint_eq(ioctls & (UINT64_C(1) << _UFFDIO_REGISTER), UINT64_C(1)
									      << _UFFDIO_REGISTER);
	ck_assert_int_eq(uffd_raw_api(fd, 0, NULL, NULL), -EINVAL);
	ck_assert_int_eq(uffd_raw_features(&same), 0);
	ck_assert_uint_eq(same, features);
	close(fd);
}

TEST_MAIN(handshake)
