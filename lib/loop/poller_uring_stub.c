/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the place of the io_uring poller in a build without liburing.
 * Must never: be reached after open.
 */
#include <errno.h>

#include <uffd/loop.h>

#include "loop/poller.h"

static int stub_open(struct poller **out, const struct poller_target *target)
{
	(void)out;
	(void)target;
	return -EOPNOTSUPP;
}

const struct poller_ops poller_uring = {
	.kind = LIBUFFD_POLLER_URING,
	.open = stub_open,
};
