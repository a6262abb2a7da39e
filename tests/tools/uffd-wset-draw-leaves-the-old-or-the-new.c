/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The file that uffd-wset draw writes is the old one or a whole new one, and nothing is left beside
 * it; what is no regular file is written in place.
 */
#include "tool.h"

#include <sys/stat.h>

#include "xml.h"

static struct tool_outcome o;

static void expect_content(const char *path, const char *begin)
{
	char text[16];
	FILE *f = fopen(path, "re");
	size_t length;

	ck_assert_ptr_nonnull(f);
	length = fread(text, 1, sizeof(text) - 1, f);
	text[length] = '\0';
	fclose(f);
	ck_assert_msg(strncmp(text, begin, strlen(begin)) == 0, "%s: %s", path, text);
}

static void old_stays(void)
{
	tool_run(&o, "--version; echo old >a.svg; mkdir folder; ln -s nowhere/a.svg broken");
	ck_assert_int_eq(o.status, 0);
	/* 512 bytes, or a kilobyte, do not hold a picture. */
	tool_fails(&o, "a.svg: File too large", "--version >v; ulimit -f 1; '%s' draw -o a.svg a",
		   getenv("UFFD_WSET"));
	expect_content("a.svg", "old\n");
	tool_fails(&o, "missing: No such file", "draw -o a.svg missing");
	expect_content("a.svg", "old\n");
	tool_fails(&o, "folder: Is a directory", "draw a -o folder");
	tool_fails(&o, "nowhere/a.svg: No such file or directory", "draw a -o nowhere/a.svg");
	tool_fails(&o, "broken: No such file or directory", "draw a -o broken");
	tool_fails(&o, "a/b: Not a directory", "draw a -o a/b");
	ck_assert_uint_eq(tool_files(), 5); /* a a.svg broken folder v */
}

static void new_comes(void)
{
	struct stat st;

	tool_succeeds(&o, "draw -o a.svg a");
	ck_assert_str_eq(o.out, "");
	expect_content("a.svg", "<?xml");
	tool_succeeds(&o, "draw a --output=folder/b.svg");
	expect_content("folder/b.svg", "<?xml");
	tool_succeeds(&o, "--version >v; umask 027; '%s' draw a -o \"$PWD/c.svg\"",
		      getenv("UFFD_WSET"));
	ck_assert_int_eq(stat("c.svg", &st), 0);
	ck_assert_uint_eq(st.st_mode & 07777, 0640);
	ck_assert_uint_eq(tool_files(), 6); /* ... c.svg */
}

static void in_place(void)
{
	struct stat st;

	/* Never the device itself: a tool that replaces it would take it from everybody. */
	ck_assert_int_eq(symlink("/dev/full", "full"), 0);
	tool_fails(&o, "full: No space left on device", "draw a -o full");
	ck_assert_int_eq(lstat("full", &st), 0);
	ck_assert(S_ISLNK(st.st_mode));

	ck_assert_int_eq(symlink("c.svg", "link"), 0);
	ck_assert_int_eq(truncate("c.svg", 1), 0);
	tool_succeeds(&o, "draw a -o link");
	expect_content("c.svg", "<?xml");
	ck_assert_int_eq(lstat("link", &st), 0);
	ck_assert(S_ISLNK(st.st_mode));

	ck_assert_int_eq(mkfifo("pipe", 0666), 0);
	tool_succeeds(&o, "draw a -o pipe & cat pipe; wait $!");
	xml_check(o.out);
	ck_assert_uint_eq(tool_files(), 9); /* ... full link pipe */
}

static void old_or_new(void)
{
	tool_begin();
	tool_sample("a", NULL, 0);
	old_stays();
	new_comes();
	in_place();
}
TEST_MAIN(old_or_new)
