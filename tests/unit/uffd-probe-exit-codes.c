/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd-probe: 0 or 1 by what it found, 2 for a wrong command line, and help on stdout. */
#include "test.h"

#include <sys/wait.h>

static char output[1 << 16];

static int run(const char *arguments)
{
	const char *tool = getenv("UFFD_PROBE");
	char command[4096];
	size_t length;
	FILE *f;

	if (!tool)
		test_skip("UFFD_PROBE does not say where uffd-probe is");
	snprintf(command, sizeof(command), "'%s' %s 2>/dev/null", tool, arguments);
	f = popen(command, "re");
	ck_assert_ptr_nonnull(f);
	length = fread(output, 1, sizeof(output) - 1, f);
	output[length] = '\0';
	return WEXITSTATUS(pclose(f));
}

static void exit_codes(void)
{
	ck_assert_int_eq(run("--help"), 0);
	ck_assert_int_eq(strncmp(output, "Usage: uffd-probe", 17), 0);
	ck_assert_int_eq(run("--version"), 0);
	ck_assert_str_eq(output, "uffd-probe " LIBUFFD_VERSION_STRING "\n");
	ck_assert_int_eq(run("--nonsense"), 2);
	ck_assert_str_eq(output, "");
	ck_assert_int_eq(run("argument"), 2);
	ck_assert_str_eq(output, "");
	ck_assert_int_le(run(""), 1);
	ck_assert_ptr_nonnull(strstr(output, "/dev/userfaultfd"));
	ck_assert_ptr_nonnull(strstr(output, "guest_memfd"));
}

TEST_MAIN(exit_codes)
