/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd-wset draw: a well-formed picture, a mark for every entry, the same wherever it goes. */
#include "tool.h"

#include "xml.h"

static struct tool_outcome o;

static void draw(void)
{
	struct uffd_workingset_entry e[9];

	tool_begin();
	for (uint64_t i = 0; i < 4; i++)
		e[i] = tool_entry(LIBUFFD_FAULT_MISSING, i * 256, 16, i * 256 + 8, i * 1000000, 1);
	e[4] = tool_entry(LIBUFFD_FAULT_MINOR, 1500, 1, 1500, 5000000, 900);
	e[5] = tool_entry(LIBUFFD_DEMAND, 2000, 16, 2000, 6000000, 900);
	e[6] = tool_entry(LIBUFFD_DEMAND, 2500, 16, 2500, 7000000, 900);
	e[7] = tool_entry(LIBUFFD_PREFETCH, 3000, 256, 3000, 8000000, 900);
	e[8] = tool_entry(LIBUFFD_PREFETCH, 3800, 256, 3800, 9000000, 900);
	tool_sample("<a & b>", e, 9);

	tool_succeeds(&o, "draw '<a & b>'");
	xml_check(o.out);
	ck_assert_uint_eq(xml_marks(o.out, "fault"), 5);
	ck_assert_uint_eq(xml_marks(o.out, "around"), 4);
	ck_assert_uint_eq(xml_marks(o.out, "demand"), 2);
	ck_assert_uint_eq(xml_marks(o.out, "prefetch"), 2);
	/* Its title is the file's name. */
	ck_assert_uint_eq(xml_count(o.out, "&lt;a &amp; b&gt;"), 2);

	tool_succeeds(&o,
		      "draw -o a.svg '<a & b>' && cd / && '%s' draw \"$OLDPWD/<a & b>\" | cmp - "
		      "\"$OLDPWD/a.svg\"",
		      getenv("UFFD_WSET"));
	ck_assert_uint_eq(tool_files(), 2);

	tool_sample("empty", NULL, 0);
	tool_succeeds(&o, "draw empty");
	xml_check(o.out);
	ck_assert_uint_eq(xml_marks(o.out, "fault"), 0);
}
TEST_MAIN(draw)
