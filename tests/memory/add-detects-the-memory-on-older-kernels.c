/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The same where the kernel has no PROCMAP_QUERY, as before 6.11: /proc/self/smaps tells. */
#include "detect.h"

#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#define PROCMAP_QUERY_NUMBER ((unsigned int)_IOC(_IOC_READ | _IOC_WRITE, 'f', 17, 104))

/* From now on the ioctl is unknown. */
static void forget_procmap_query(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[1])),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PROCMAP_QUERY_NUMBER, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOTTY),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {sizeof(code) / sizeof(code[0]), code};

	if (__BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__)
		test_skip("the filter looks at the low half of an argument");
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
		test_skip("no seccomp filter: %s", strerror(errno));
}

static void on_older_kernels(void)
{
	char query[104] = {104};
	int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

	forget_procmap_query();
	ck_assert_int_eq(ioctl(maps, PROCMAP_QUERY_NUMBER, query), -1);
	ck_assert_int_eq(errno, ENOTTY);
	close(maps);
	detect_every_memory();
	detect_sysv();
}
TEST_MAIN(on_older_kernels)
