/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd-bench answers 2 to what it does not know, and measures nothing. */
#include "test.h"

#include <sys/wait.h>

static int run(const char *arguments)
{
	const char *bench = getenv("UFFD_BENCH");
	char command[4096], line[256];
	int status;
	FILE *f;

	if (!bench)
		test_skip("UFFD_BENCH does not say where uffd-bench is");
	snprintf(command, sizeof(command), "'%s' %s 2>/dev/null", bench, arguments);
	f = popen(command, "re");
	ck_assert_ptr_nonnull(f);
	ck_assert_msg(!fgets(line, sizeof(line), f), "uffd-bench %s wrote: %s", arguments, line);
	status = pclose(f);
	ck_assert(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void bad_arguments(void)
{
	static const char *const bad[] = {
		"",
		"nothing",
		"latency touch",
		"latency --fast",
		"latency --rounds 0",
		"latency --rounds 3x",
		"latency --rounds 1001",
		"touch --size 0",
		"touch --size 3T",
		"touch --size -1",
		"touch --size 17179869185G",
		"touch --plot /dev/null",
		"restore --plot /dev/null/restore.svg",
		"restore --memory disk",
		"restore --direct maybe",
		"serve --server /dev/null/uffd-serve",
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		ck_assert_msg(run(bad[i]) == 2, "uffd-bench %s", bad[i]);
}
TEST_MAIN(bad_arguments)
