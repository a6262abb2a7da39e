/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What cannot be printed, because nobody takes it or there is no room, is an error. */
#include "tool.h"

static struct tool_outcome o;

static void closed(void)
{
	static const char *const commands[] = {
		"show a",         "show -e a", "show --json a", "compare a a",
		"compare -j a a", "draw a",    "--help",        "--version",
	};
	static struct uffd_workingset_entry e[1000];

	tool_begin();
	for (uint64_t i = 0; i < 1000; i++)
		e[i] = tool_entry(LIBUFFD_FAULT_MISSING, i, 1, i, i, i);
	tool_sample("a", e, 1000);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		tool_run(&o, "%s", commands[i]);
		if (o.status == 2) /* built without json-c */
			continue;
		ck_assert_int_eq(o.status, 0);
		tool_fails(&o, "standard output: Bad file descriptor", "%s >&-", commands[i]);
		tool_fails(&o, "standard output: Bad file descriptor", "%s >&- <&-", commands[i]);
		tool_fails(&o, "standard output: No space left on device", "%s >/dev/full",
			   commands[i]);
		/* Without a place to complain at, the exit code is what remains. */
		tool_run(&o, "%s >&- 2>&-", commands[i]);
		ck_assert_int_eq(o.status, 1);
	}
	/* A picture that goes to a file needs no standard output, and does not go to it. */
	tool_succeeds(&o, "draw a -o picture >&- 2>&- <&-");
	tool_succeeds(&o, "draw a | cmp - picture");
	ck_assert_uint_eq(tool_files(), 2);
}
TEST_MAIN(closed)
