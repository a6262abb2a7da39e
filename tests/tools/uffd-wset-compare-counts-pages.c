/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* uffd-wset compare counts each page once, leaves prefetches out, and sees another order. */
#include "tool.h"

static struct tool_outcome o;

static void expect(const char *a, const char *b, int only_a, int only_b, int both,
		   const char *overlap, const char *order)
{
	int got[3];

	tool_succeeds(&o, "compare %s %s", a, b);
	ck_assert_msg(sscanf(o.out,
			     "A %*s B %*s only in A %d pages (%*[^)]) only in B %d pages (%*[^)]) "
			     "in both %d pages",
			     &got[0], &got[1], &got[2]) == 3,
		      "%s", o.out);
	ck_assert_msg(got[0] == only_a && got[1] == only_b && got[2] == both,
		      "%s, %s: %d, %d and %d in both", a, b, got[0], got[1], got[2]);
	ck_assert_msg(strstr(o.out, overlap) && strstr(o.out, order), "%s, %s:\n%s", a, b, o.out);
}

static void samples(void)
{
	struct uffd_workingset_entry up[10], down[10], two[2];

	for (uint64_t i = 0; i < 10; i++) {
		up[i] = tool_entry(LIBUFFD_FAULT_MISSING, 100 + i * 16, 16, 100 + i * 16, i, 1);
		down[i] = tool_entry(LIBUFFD_FAULT_MINOR, 244 - i * 16, 16, 250 - i * 16, i, 1);
	}
	tool_sample("empty", NULL, 0);
	tool_sample("up", up, 10);
	tool_sample("down", down, 10);
	tool_sample("first", up, 5);
	/* The same pages at once, and some of them twice. */
	two[0] = tool_entry(LIBUFFD_DEMAND, 100, 160, 120, 0, 1);
	two[1] = tool_entry(LIBUFFD_DEMAND, 150, 50, 150, 1, 1);
	tool_sample("whole", two, 2);
	/* The middle, then all around it. */
	two[0] = tool_entry(LIBUFFD_DEMAND, 160, 40, 160, 0, 1);
	two[1] = tool_entry(LIBUFFD_DEMAND, 90, 180, 90, 1, 1);
	tool_sample("middle", two, 2);
	two[0] = tool_entry(LIBUFFD_PREFETCH, 0, 4096, 0, 0, 1);
	two[1] = tool_entry(LIBUFFD_DEMAND, 100, 16, 100, 1, 1);
	tool_sample("prefetched", two, 2);
	/* Three pages; the first half of them has two. */
	two[0] = tool_entry(LIBUFFD_DEMAND, 0, 3, 0, 0, 1);
	tool_sample("three", two, 1);
	two[0] = tool_entry(LIBUFFD_DEMAND, 1, 2, 2, 0, 1);
	two[1] = tool_entry(LIBUFFD_DEMAND, 0, 1, 0, 1, 1);
	tool_sample("turned", two, 2);
}

static void counts(void)
{
	tool_begin();
	samples();
	expect("up", "up", 0, 0, 160, "100.0 %", "order       100.0 %");
	expect("up", "down", 0, 0, 160, "100.0 %", "order       0.0 %");
	expect("up", "whole", 0, 0, 160, "100.0 %", "order       100.0 %");
	expect("up", "first", 80, 0, 80, "50.0 %", "order       100.0 %");
	expect("first", "up", 0, 80, 80, "50.0 %", "order       100.0 %");
	/* Common: 100 to 259. First half of up: 100 to 179; of middle: 160 to 199, 100 to 139. */
	expect("up", "middle", 0, 20, 160, "88.9 %", "order       75.0 %");
	expect("up", "prefetched", 144, 0, 16, "10.0 %", "order       100.0 %");
	expect("three", "turned", 0, 0, 3, "100.0 %", "order       50.0 %");
	expect("up", "empty", 160, 0, 0, "overlap     0.0 %", "order       nothing to compare");
	expect("empty", "empty", 0, 0, 0, "overlap     nothing to compare",
	       "order       nothing to compare");
}
TEST_MAIN(counts)
