/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See process.h. */
#include "serve/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

int kill_process(int pidfd)
{
	if (syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0) == 0 || errno == ESRCH)
		return 0;
	return -errno;
}

bool process_has_ended(int pidfd)
{
	struct pollfd ask = {.fd = pidfd, .events = POLLIN};

	return poll(&ask, 1, 0) > 0;
}
