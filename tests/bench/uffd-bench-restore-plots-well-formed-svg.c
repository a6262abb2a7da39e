/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd-bench restore --plot writes one svg element, whose elements end where they must. */
#include "run_bench.h"

#include <ctype.h>

#define DEPTH_MAX 32

static char svg[1 << 20];

/* The end of a tag: a > that is in no quotes. */
static char *tag_end(char *at)
{
	char quote = 0;

	for (; *at && (quote || *at != '>'); at++) {
		if (quote)
			quote = *at == quote ? 0 : quote;
		else if (*at == '"' || *at == '\'')
			quote = *at;
	}
	ck_assert_msg(*at == '>', "a tag that does not end");
	return at;
}

static size_t name_length(const char *at)
{
	return strcspn(at, " \t\r\n/>");
}

static bool same_name(const char *a, const char *b)
{
	return name_length(a) == name_length(b) && strncmp(a, b, name_length(a)) == 0;
}

static void elements_nest(char *at)
{
	const char *open[DEPTH_MAX];
	int depth = 0, roots = 0;

	while ((at = strchr(at, '<'))) {
		char *end = tag_end(at);

		if (at[1] == '/') {
			ck_assert_msg(depth > 0 && same_name(open[--depth], at + 2),
				      "an end of nothing: %.40s", at);
		} else if (at[1] != '?' && at[1] != '!') {
			ck_assert_msg(isalpha((unsigned char)at[1]), "no name: %.40s", at);
			roots += depth == 0;
			if (end[-1] != '/') {
				ck_assert_int_lt(depth, DEPTH_MAX);
				open[depth++] = at + 1;
			}
		}
		at = end + 1;
	}
	ck_assert_int_eq(depth, 0);
	ck_assert_int_eq(roots, 1);
}

static void plots(void)
{
	static char text[1 << 16];
	char path[] = "/tmp/uffd-bench-plot-XXXXXX", arguments[256];
	int fd = mkstemp(path), status;
	ssize_t length;

	ck_assert_int_ge(fd, 0);
	snprintf(arguments, sizeof(arguments),
		 "restore --quick --size 4M --rounds 1 --only '[mr]*' --plot %s", path);
	status = run_bench(arguments, text, sizeof(text));
	length = read(fd, svg, sizeof(svg) - 1);
	close(fd);
	unlink(path);
	ck_assert_msg(status == 0, "status %d\n%s", status, text);
	ck_assert_int_gt(length, 0);
	ck_assert(strstr(svg, "<svg"));
	elements_nest(svg);
	needs_restore(text);
	ck_assert(strstr(svg, ">mmap<"));
	ck_assert(strstr(svg, ">read-first<"));
}
TEST_MAIN(plots)
