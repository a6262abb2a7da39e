/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A client that says nothing, or nothing that is HTTP, gets the text alone: at once if it says no
 * more, or has said a line, otherwise when it has said nothing for 200 ms.
 */
#include "stats.h"

#define MS UINT64_C(1000000)

static void expect_bare(struct stats *s, const char *text, bool ended)
{
	uint64_t before = test_now();
	char *answer = stats_ask(s, text, ended);

	ck_assert_msg(is_bare(answer), "%s", answer);
	if (!text[0] && !ended)
		ck_assert_uint_ge(test_now() - before, 200 * MS);
	free(answer);
}

static void metrics_bare_client_gets_the_text(void)
{
	struct stats s;

	stats_open(&s);
	expect_bare(&s, "", true);
	expect_bare(&s, "", false);
	expect_bare(&s, "\n", false);
	expect_bare(&s, "stats please\r\n", false);
	expect_bare(&s, "stats", true);
	expect_bare(&s, "GET /metrics\r\n", false); /* HTTP before it had versions */
	expect_bare(&s, "GET HTTP/1.1\r\n", false);
	ck_assert_uint_eq(s.asked, 7);
	stats_close(&s);
}

TEST_MAIN(metrics_bare_client_gets_the_text)
