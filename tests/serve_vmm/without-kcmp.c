/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * without-kcmp PROGRAM [ARGUMENT...]: runs it where kcmp(2) is refused, as a container's seccomp
 * filter does.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "refuse_syscall.h"

int main(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: without-kcmp PROGRAM [ARGUMENT...]\n");
		return 2;
	}
	if (refuse_syscall(SYS_kcmp, EPERM) < 0) {
		fprintf(stderr, "without-kcmp: seccomp: %s\n", strerror(errno));
		return 77;
	}
	execv(argv[1], argv + 1);
	fprintf(stderr, "without-kcmp: %s: %s\n", argv[1], strerror(errno));
	return 1;
}
