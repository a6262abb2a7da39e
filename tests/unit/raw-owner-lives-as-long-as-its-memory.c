/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A userfaultfd tells whether the memory that it is for is there; before its handshake it cannot. */
#include "process.h"

#include <sched.h>

#include <uffd/raw.h>

/* The memory goes a moment after the last process: until then 1. */
static void expect_gone(int fd)
{
	uint64_t until = test_now() + UINT64_C(5000000000);

	while (uffd_raw_owner_lives(fd) == 1 && test_now() < until)
		sched_yield();
	ck_assert_int_eq(uffd_raw_owner_lives(fd), 0);
}

static void as_long_as_its_memory(void)
{
	int fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY, NULL);
	struct owner o;

	if (fd < 0)
		test_skip("no userfaultfd here: %s", strerror(-fd));
	ck_assert_int_eq(uffd_raw_owner_lives(fd), -EINVAL);
	ck_assert_int_eq(uffd_raw_api(fd, 0, NULL, NULL), 0);
	ck_assert_int_eq(uffd_raw_owner_lives(fd), 1);
	close(fd);

	owner_start(&o, 0, UFFDIO_REGISTER_MODE_MISSING, 1);
	ck_assert_int_eq(uffd_raw_owner_lives(o.fd), 1);
	owner_end(&o);
	expect_gone(o.fd);
	close(o.fd);
}

TEST_MAIN(as_long_as_its_memory)
