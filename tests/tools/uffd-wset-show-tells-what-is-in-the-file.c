/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd-wset show prints the header, the entries of each kind, and the first entries or all. */
#include "tool.h"

static struct tool_outcome o;

/* A line that begins with these words, however many spaces are between them. */
static void expect_line(const char *words)
{
	char line[512], squeezed[512];
	const char *at = o.out, *end;

	for (; (end = strchr(at, '\n')); at = end + 1) {
		char *word, *rest = line;
		size_t length = 0;

		snprintf(line, sizeof(line), "%.*s", (int)(end - at), at);
		squeezed[0] = '\0';
		while ((word = strsep(&rest, " ")))
			if (*word)
				length += (size_t)snprintf(squeezed + length,
							   sizeof(squeezed) - length, "%s%s",
							   length ? " " : "", word);
		if (strncmp(squeezed, words, strlen(words)) == 0)
			return;
	}
	ck_abort_msg("no line \"%s\" in:\n%s", words, o.out);
}

static size_t lines(void)
{
	size_t count = 0;

	for (const char *at = o.out; *at; at++)
		count += *at == '\n';
	return count;
}

static void known(struct uffd_workingset_entry e[14])
{
	for (uint64_t i = 0; i < 11; i++)
		e[i] = tool_entry(LIBUFFD_FAULT_MISSING, i * 16, 16, i * 16 + 3, i * 1000, 2000);
	e[4].flags = LIBUFFD_EXTENT_WRITE;
	e[11] = tool_entry(LIBUFFD_FAULT_MINOR, 2, 2, 3, 20000, 7);
	e[12] = tool_entry(LIBUFFD_DEMAND, 200, 5, 200, 30000, 0);
	e[13] = tool_entry(LIBUFFD_PREFETCH, 1000, 100, 1000, 1234567, 0);
}

static void show(void)
{
	struct uffd_workingset_entry e[14];
	size_t some;

	tool_begin();
	known(e);
	tool_sample_of("a b.wset", TOOL_REGION, TOOL_PAGE, 7, 32, e, 14);
	tool_succeeds(&o, "show 'a b.wset'");
	expect_line("a b.wset");
	expect_line("region 16 MiB (16777216 bytes), pages of 4 KiB");
	expect_line("source 16 MiB (16785408 bytes), from byte 8192 on");
	expect_line("entries 14, and 7 lost");
	/* The minor fault's pages are among those of the first missing one. */
	expect_line("pages 181 (724 KiB) in a replay");
	expect_line("packed 128 KiB (131072 bytes)");
	expect_line("until 1.234567 ms");
	expect_line("missing 11 176");
	expect_line("minor 1 2");
	expect_line("demand 1 5");
	expect_line("prefetch 1 100");
	expect_line("by a write 1");
	expect_line("the first 10 entries");
	expect_line("0.000000 missing 0 65536 0x3000 2000");
	expect_line("0.004000 missing,write 0x40000 65536 0x43000 2000");
	expect_line("0.009000 missing 0x90000 65536 0x93000 2000");
	ck_assert_ptr_null(strstr(o.out, "0xa0000"));
	some = lines();

	tool_succeeds(&o, "show --entries 'a b.wset'");
	expect_line("all entries");
	expect_line("0.020000 minor 0x2000 8192 0x3000 7");
	expect_line("1.234567 prefetch 0x3e8000 409600 0x3e8000 0");
	ck_assert_uint_eq(lines(), some + 4);

	tool_sample("empty.wset", NULL, 0);
	tool_succeeds(&o, "show empty.wset");
	expect_line("entries 0, and 0 lost");
	expect_line("packed nothing");
}
TEST_MAIN(show)
