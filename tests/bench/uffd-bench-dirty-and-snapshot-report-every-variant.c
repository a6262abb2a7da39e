/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * uffd-bench dirty and snapshot have every row of every variant, or say that the variant is left
 * out, which is no failure: what it finds and what it saves is proved.
 */
#include "run_bench.h"

static char text[1 << 16];

static bool has_row(const char *bench, const char *variant, const char *metric)
{
	char line[256], words[3][48];

	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		snprintf(line, sizeof(line), "%.*s", (int)strcspn(at, "\n"), at);
		if (sscanf(line, "%47s %47s %47s", words[0], words[1], words[2]) == 3 &&
		    strcmp(words[0], bench) == 0 && strcmp(words[1], variant) == 0 &&
		    strcmp(words[2], metric) == 0)
			return true;
	}
	return false;
}

static bool skipped(const char *bench, const char *variant)
{
	char line[96];

	snprintf(line, sizeof(line), "skip: %s: %s:", bench, variant);
	return strstr(text, line);
}

static void rows(const char *bench, const char *const *variants, const char *const *metrics)
{
	for (; *variants; variants++) {
		for (const char *const *metric = metrics; *metric; metric++)
			ck_assert_msg(skipped(bench, *variants) ||
					      has_row(bench, *variants, *metric),
				      "no row of %s %s: %s\n%s", bench, *variants, *metric, text);
	}
}

static void runs(const char *arguments)
{
	int status = run_bench(arguments, text, sizeof(text));

	ck_assert_msg(status == 0, "status %d\n%s", status, text);
}

static void every_variant(void)
{
	static const char *const trackings[] = {"sigsegv", "soft-dirty", "bare",
						"async",   "sync",       NULL};
	static const char *const cycles[] = {"write", "collect", "cycle", "start", NULL};
	static const char *const instants[] = {"fork", "by-hand", "library", "library-busy", NULL};
	static const char *const holds[] = {"pause", "arm", NULL};
	static const char *const savers[] = {"fork", "by-hand", "library", NULL};
	static const char *const costs[] = {"writer", "added", "done", NULL};

	close(test_uffd(0)); /* skips where there is none */
	runs("dirty --quick --rounds 1");
	rows("dirty", trackings, cycles);
	runs("snapshot --quick --rounds 1");
	rows("snapshot", instants, holds);
	rows("snapshot", savers, costs);
}
TEST_MAIN(every_variant)
