/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* An unprivileged sender has as many descriptors under way as it may open: then -ETOOMANYREFS. */
#include "peer.h"
#include "process.h"

#include <sys/resource.h>

static int send_until_refused(void *arg)
{
	const struct rlimit few = {16, 16};
	int fds[LIBUFFD_FDPASS_MAX], s[2], ret;

	(void)arg;
	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, s) < 0 ||
	    setrlimit(RLIMIT_NOFILE, &few) < 0)
		return 1;
	for (size_t i = 0; i < LIBUFFD_FDPASS_MAX; i++)
		fds[i] = STDERR_FILENO;
	for (int i = 0; i < 8; i++) {
		ret = uffd_fdpass_send(s[0], "x", 1, fds, LIBUFFD_FDPASS_MAX);
		if (ret < 0)
			break;
	}
	return ret == -ETOOMANYREFS ? 0 : -ret;
}

static void too_many_under_way(void)
{
	ck_assert_int_eq(run_unprivileged(send_until_refused, NULL), 0);
}

TEST_MAIN(too_many_under_way)
