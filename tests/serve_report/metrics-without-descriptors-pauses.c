/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * With no descriptor left for a client the server does not turn in circles: it looks again some
 * time later, and the client is served when there is one.
 */
#include "stats.h"

#include <sys/resource.h>

static void metrics_without_descriptors_pauses(void)
{
	struct rlimit before, none;
	unsigned int turns = 0;
	uint64_t until;
	struct stats s;
	int client;
	char *answer;

	stats_open(&s);
	client = stats_connect(&s);
	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = before;
	none.rlim_cur = 3;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (until = test_now() + UINT64_C(250000000); test_now() < until;)
		turns += stats_work(&s, 50);
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &before), 0);
	/* Two for each pause, one to look and one to begin again. */
	ck_assert_uint_ge(turns, 1);
	ck_assert_uint_le(turns, 8);
	answer = stats_answer(&s, client);
	ck_assert(is_bare(answer));
	free(answer);
	close(client);
	stats_close(&s);
}

TEST_MAIN(metrics_without_descriptors_pauses)
