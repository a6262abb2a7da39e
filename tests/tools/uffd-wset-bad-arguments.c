/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd-wset answers 2 to what it does not know, with one line; help and version go to stdout. */
#include "tool.h"

static struct tool_outcome o;

static void bad_arguments(void)
{
	static const char *const bad[] = {
		"",
		"nothing",
		"nothing a",
		"show",
		"show a a",
		"compare a",
		"compare a a a",
		"draw",
		"draw a b",
		"show --fast a",
		"--fast",
		"show -x a",
		"show -o b a",
		"compare -o b a a",
		"compare --entries a a",
		"draw --json a",
		"draw --entries a",
		"draw a -o",
		"show --json=yes a",
	};

	tool_begin();
	tool_sample("a", NULL, 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		tool_run(&o, "%s", bad[i]);
		ck_assert_msg(o.status == 2, "uffd-wset %s: status %d", bad[i], o.status);
		ck_assert_str_eq(o.out, "");
		ck_assert_msg(strchr(o.err, '\n') == o.err + strlen(o.err) - 1, "uffd-wset %s: %s",
			      bad[i], o.err);
	}
	ck_assert_uint_eq(tool_files(), 1);

	tool_succeeds(&o, "--help");
	ck_assert_int_eq(strncmp(o.out, "Usage: uffd-wset show", 21), 0);
	tool_succeeds(&o, "show -h");
	tool_succeeds(&o, "--version");
	ck_assert_str_eq(o.out, "uffd-wset " LIBUFFD_VERSION_STRING "\n");
	/* Options may come in any order, and files may look like them. */
	ck_assert_int_eq(rename("a", "-j"), 0);
	tool_succeeds(&o, "--entries show -- -j");
}
TEST_MAIN(bad_arguments)
