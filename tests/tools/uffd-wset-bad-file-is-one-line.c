/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What is missing, damaged, cut short or no working set is refused by every command with one line
 * and exit code 1.
 */
#include "tool.h"

#include <sys/stat.h>

static struct tool_outcome o;

static void refused(const char *path, const char *why)
{
	tool_fails(&o, why, "show %s", path);
	tool_fails(&o, why, "show --json %s", path);
	tool_fails(&o, why, "compare good %s", path);
	tool_fails(&o, why, "compare %s good", path);
	tool_fails(&o, why, "draw %s", path);
	tool_fails(&o, why, "draw -o picture %s", path);
	ck_assert_int_lt(access("picture", F_OK), 0);
}

static void spoil(const char *path, off_t at)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	uint8_t byte;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
	byte ^= 0x10;
	ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	close(fd);
}

static void bad_file(void)
{
	static const off_t bytes[] = {0, 9, 24, 33, 80, 157, 161, 250};
	static const off_t lengths[] = {0, 1, 100, 160, 255};
	struct uffd_workingset_entry e[2] = {
		tool_entry(LIBUFFD_DEMAND, 0, 1, 0, 0, 1),
		tool_entry(LIBUFFD_DEMAND, 1, 1, 1, 0, 1),
	};

	tool_begin();
	tool_sample("good", e, 2);
	refused("missing", "missing: No such file or directory");
	refused("/etc/passwd", "/etc/passwd: damaged, truncated, or not a working set");
	ck_assert_int_eq(mkdir("folder", 0777), 0);
	refused("folder", "folder: not a regular file");
	ck_assert_int_eq(mkfifo("pipe", 0666), 0);
	refused("pipe", "pipe: not a regular file"); /* and nobody waits for its other end */
	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		tool_sample("bad", e, 2);
		spoil("bad", bytes[i]);
		refused("bad", "bad: damaged, truncated, or not a working set");
	}
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		tool_sample("bad", e, 2);
		ck_assert_int_eq(truncate("bad", lengths[i]), 0);
		refused("bad", "bad: damaged, truncated, or not a working set");
	}
}
TEST_MAIN(bad_file)
