/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd-bench restore has a row for every variant, for each way to touch; only where there is no
 * O_DIRECT are those left out that need it, and that is said.
 */
#include "run_bench.h"

static char text[1 << 16];

static bool has_row(const char *variant, const char *metric)
{
	char line[256], bench[16], name[40];
	int end = 0;

	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
		if (sscanf(line, "%15s %39s %n", bench, name, &end) == 2 &&
		    strcmp(bench, "restore") == 0 && strcmp(name, variant) == 0 &&
		    strncmp(line + end, metric, strlen(metric)) == 0)
			return true;
	}
	return false;
}

static void row(const char *variant, const char *metric)
{
	ck_assert_msg(has_row(variant, metric), "no row of %s: %s\n%s", variant, metric, text);
}

static void rows(const char *variant)
{
	row(variant, "all done ");
	row(variant, "all first touch ");
	row(variant, "all cpu ");
	row(variant, "scattered done ");
	row(variant, "scattered first touch ");
	row(variant, "scattered cpu ");
	if (!strstr(text, "bytes read: unavailable")) {
		row(variant, "all read ");
		row(variant, "scattered read ");
	}
}

static void every_variant(void)
{
	static const char *const always[] = {
		"page",
		"page-mmap",
		"mmap",
		"read-first",
		"demand-buffered",
		"prefetch-buffered",
		"replay-buffered",
		"packed-buffered",
	};
	static const char *const direct[] = {"demand", "prefetch", "replay", "packed"};
	int status;

	close(test_uffd(0)); /* skips where there is none */
	status =
		run_bench("restore --quick --size 8M --rounds 1 --direct both", text, sizeof(text));
	needs_restore(text);
	ck_assert_msg(status == 0, "status %d\n%s", status, text);
	for (size_t i = 0; i < sizeof(always) / sizeof(always[0]); i++)
		rows(always[i]);
	row("install", "all done ");
	if (strstr(text, "no O_DIRECT"))
		return;
	for (size_t i = 0; i < sizeof(direct) / sizeof(direct[0]); i++)
		rows(direct[i]);
	row("disk", "all done ");
	row("demand", "fault p99 ");
}
TEST_MAIN(every_variant)
