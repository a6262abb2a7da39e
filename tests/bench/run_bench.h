/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: running uffd-bench and reading what it says, on both of its channels.
 * Must never: fail a test itself, so that a process without privileges can use it.
 */
#ifndef RUN_BENCH_H
#define RUN_BENCH_H

#include "test.h"

#include <sys/wait.h>

/* Its exit status, or -1. text: what it wrote, cut at size. */
static inline int run_bench(const char *arguments, char *text, size_t size)
{
	const char *bench = getenv("UFFD_BENCH");
	char command[4096];
	size_t length;
	int status;
	FILE *f;

	if (!bench)
		return 127;
	snprintf(command, sizeof(command), "'%s' %s 2>&1", bench, arguments);
	f = popen(command, "re");
	if (!f)
		return -1;
	length = fread(text, 1, size - 1, f);
	text[length] = '\0';
	while (fgetc(f) != EOF)
		;
	status = pclose(f);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Skips where restore measures nothing: it wants a userfaultfd and a disk. */
static inline void needs_restore(const char *text)
{
	if (strstr(text, "nothing measured"))
		test_skip("the directory for temporary files is not one of a disk");
}

#endif
