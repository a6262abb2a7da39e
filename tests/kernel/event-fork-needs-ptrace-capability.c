/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Without CAP_SYS_PTRACE the handshake refuses EVENT_FORK with EPERM, and no other event. */
#include "expect.h"
#include "process.h"

static int handshake(void *arg)
{
	int fd = uffd_raw_open_syscall(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY);

	(void)arg;
	if (fd < 0)
		return 1;
	if (uffd_raw_api(fd, UFFD_FEATURE_EVENT_FORK, NULL, NULL) != -EPERM)
		return 2;
	if (uffd_raw_api(fd,
			 UFFD_FEATURE_EVENT_REMAP | UFFD_FEATURE_EVENT_REMOVE |
				 UFFD_FEATURE_EVENT_UNMAP,
			 NULL, NULL))
		return 3;
	return 0;
}

static void event_fork_needs_ptrace_capability(void)
{
	int fd;

	close(test_uffd(0));
	ck_assert_int_eq(run_unprivileged(handshake, NULL), 0);
	if (geteuid() == 0) {
		fd = test_uffd(UFFD_FEATURE_EVENT_FORK);
		close(fd);
	}
}
TEST_MAIN(event_fork_needs_ptrace_capability)
