/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* poll(2) on a userfaultfd without O_NONBLOCK says POLLERR, message or no message. */
#include "expect.h"

#include <poll.h>

static void blocking_descriptor_polls_as_error(void)
{
	struct pollfd p = {.events = POLLIN};

	close(test_uffd(0));
	p.fd = uffd_raw_open(O_CLOEXEC, NULL);
	ck_assert_int_ge(p.fd, 0);
	ck_assert_int_eq(uffd_raw_api(p.fd, 0, NULL, NULL), 0);
	ck_assert_int_eq(poll(&p, 1, 0), 1);
	ck_assert_int_eq(p.revents, POLLERR);

	ck_assert_int_eq(fcntl(p.fd, F_SETFL, O_NONBLOCK), 0);
	ck_assert_int_eq(poll(&p, 1, 0), 0);
	close(p.fd);
}
TEST_MAIN(blocking_descriptor_polls_as_error)
