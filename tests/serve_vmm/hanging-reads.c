/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * For LD_PRELOAD: reads of files never end from when the file $HANG is there, and $HANG.begun is
 * made when one has begun. A program that then returns from main() or calls exit() leaves
 * $HANG.left. Without io_uring, so that they are read(2)'s kin.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

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
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {.len = sizeof(code) / sizeof(code[0]), .filter = code};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
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
