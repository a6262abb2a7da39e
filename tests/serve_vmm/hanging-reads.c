/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * For LD_PRELOAD: reads of files never end from when the file $HANG is there, and $HANG.begun is
 * made when one has begun. A program that then returns from main() or calls exit() leaves
 * $HANG.left. Without io_uring, so that they are read(2)'s kin.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "refuse_syscall.h"

static atomic_bool hangs;

static void leave_file(const char *suffix)
{
	char path[4096];
	int fd;

	snprintf(path, sizeof(path), "%s%s", getenv("HANG"), suffix);
	fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	if (fd >= 0)
		close(fd);
}

static bool is_to_hang(void)
{
	const char *path = getenv("HANG");

	return path && access(path, F_OK) == 0;
}

__attribute__((constructor)) static void refuse_io_uring(void)
{
	if (refuse_syscall(SYS_io_uring_setup, EPERM) < 0)
		_exit(77);
}

__attribute__((destructor)) static void end(void)
{
	if (atomic_load(&hangs))
		leave_file(".left");
}

ssize_t pread(int fd, void *to, size_t length, off_t at)
{
	while (is_to_hang()) {
		if (!atomic_exchange(&hangs, true))
			leave_file(".begun");
		pause();
	}
	return syscall(SYS_pread64, fd, to, length, at);
}

/* What would have to wait is not there; at -1 it is no file's. */
ssize_t preadv2(int fd, const struct iovec *iov, int count, off_t at, int flags)
{
	if (at >= 0 && is_to_hang()) {
		errno = EAGAIN;
		return -1;
	}
	return syscall(SYS_preadv2, fd, iov, count, at, 0, flags);
}
