/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See inspect.h. */
#include "kernel/inspect.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <uffd/raw.h>

int inspect_userfaultfd(int fd)
{
	char path[64], target[64];
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	int flags = fcntl(fd, F_GETFL);
	ssize_t n;

	if (flags < 0)
		return -EBADF;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, target, sizeof(target) - 1);
	if (n < 0)
		return -errno;
	target[n] = '\0';
	if (strcmp(target, "anon_inode:[userfaultfd]") != 0)
		return -ENOTTY;
	/*
	 * Before the handshake every ioctl but UFFDIO_API is EINVAL; after it, to wake nobody, in
	 * the middle of the lower half of the address space, is allowed.
	 */
	return uffd_raw_wake(fd, UINT64_C(1) << 40, page) < 0 ? -EPROTO : flags;
}
