/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Where the kernel has no SO_PEERPIDFD the pidfd is that of pidfd_open(2), and where it has none
 * either, -1. Running out of descriptors is told, and not taken for a peer that has ended.
 */
#include "listener.h"

#include <stdarg.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#ifndef SO_PEERPIDFD
#define SO_PEERPIDFD 77
#endif

static bool no_option, no_call;
static int opened;

int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *size)
{
	if (no_option && level == SOL_SOCKET && name == SO_PEERPIDFD) {
		errno = ENOPROTOOPT;
		return -1;
	}
	return __real_getsockopt(fd, level, name, value, size);
}

long __real_syscall(long number, ...);
long __wrap_syscall(long number, ...);
long __wrap_syscall(long number, ...)
{
	long args[6];
	va_list list;

	va_start(list, number);
	for (int i = 0; i < 6; i++)
		args[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_pidfd_open) {
		opened++;
		if (no_call) {
			errno = ENOSYS;
			return -1;
		}
	}
	return __real_syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);
}

static void refuses_without_descriptors(int accepted)
{
	struct uffd_peer peer = {.size = sizeof(peer), .pidfd = 12345};
	struct rlimit usual, none;

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &usual), 0);
	none = usual;
	none.rlim_cur = 0;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	EXPECT(uffd_fdpass_peer(accepted, &peer), -EMFILE);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &usual), 0);
	ck_assert_int_eq(peer.pidfd, 12345);
	ck_assert_int_eq(peer.pid, 0);
}

static void older_kernels(void)
{
	struct uffd_peer peer = {.size = sizeof(peer)};
	struct listener l;
	int accepted;
	pid_t pid;

	listener_make(&l, SOCK_STREAM);
	pid = connector_start(&l, &accepted);
	refuses_without_descriptors(accepted);
	no_option = true;
	opened = 0;
	EXPECT(uffd_fdpass_peer(accepted, &peer), 0);
	ck_assert_int_eq(opened, 1);
	ck_assert_int_eq(peer.pid, pid);
	ck_assert_int_eq(pidfd_pid(peer.pidfd), pid);
	close(peer.pidfd);
	refuses_without_descriptors(accepted);

	no_call = true;
	EXPECT(uffd_fdpass_peer(accepted, &peer), 0);
	ck_assert_int_eq(peer.pid, pid);
	ck_assert_int_eq(peer.pidfd, -1);

	no_call = false;
	connector_end(pid);
	EXPECT(uffd_fdpass_peer(accepted, &peer), 0);
	ck_assert_int_eq(peer.pid, pid);
	ck_assert_int_eq(peer.pidfd, -1);
	close(accepted);
	close(l.fd);
}

TEST_MAIN(older_kernels)
