/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Where a seccomp filter takes every userfaultfd away, uffd-probe says what to do and exits 1. */
#include "test.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <uffd/probe.h>
#include <uffd/raw.h>

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define SECOND_ARGUMENT offsetof(struct seccomp_data, args[1])
#else
#define SECOND_ARGUMENT (offsetof(struct seccomp_data, args[1]) + 4)
#endif

/* EPERM from userfaultfd(2) and from the device's ioctl, for this process and its children. */
static bool take_userfaultfd_away(void)
{
	struct sock_filter filter[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_userfaultfd, 3, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ioctl, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, SECOND_ARGUMENT),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, USERFAULTFD_IOC_NEW, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog program = {
		.len = sizeof(filter) / sizeof(filter[0]),
		.filter = filter,
	};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
	       prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static void taken_away(void)
{
	struct uffd_memory_abilities can = {.size = sizeof(can)};
	const char *tool = getenv("UFFD_PROBE");
	static char output[1 << 16];
	size_t length;
	FILE *f;

	if (!tool)
		test_skip("UFFD_PROBE does not say where uffd-probe is");
	if (!take_userfaultfd_away())
		test_skip("seccomp: %s", strerror(errno));
	ck_assert_int_eq(uffd_probe_memory(LIBUFFD_BACKING_ANON, 0, &can), -EPERM);
	f = popen(tool, "re");
	ck_assert_ptr_nonnull(f);
	length = fread(output, 1, sizeof(output) - 1, f);
	output[length] = '\0';
	ck_assert_int_eq(WEXITSTATUS(pclose(f)), 1);
	ck_assert_ptr_nonnull(strstr(output, "a seccomp filter may also be the cause"));
	ck_assert_ptr_nonnull(strstr(output, "EPERM"));
	ck_assert_ptr_nonnull(strstr(output, "filter\n"));
}

TEST_MAIN(taken_away)
