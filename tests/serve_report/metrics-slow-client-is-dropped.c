/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A client that never reads what it asked for, and one that never says the end of its request, are
 * dropped after a second; until then nobody waits for them.
 */
#include "stats.h"

#include <poll.h>

#define SECOND UINT64_C(1000000000)

/* Whether the server has closed its side of it. */
static bool hung_up(int client)
{
	struct pollfd polled = {.fd = client};

	return poll(&polled, 1, 0) == 1 && polled.revents & POLLHUP;
}

/* Serves until both are dropped, neither of them before its second is over. */
static void expect_dropped(struct stats *s, int one, int other, uint64_t came)
{
	bool gone = false;

	while (!gone) {
		ck_assert_msg(stats_work(s, 5000), "a client is kept");
		if (hung_up(one) || hung_up(other))
			ck_assert_uint_ge(test_now() - came, SECOND);
		gone = hung_up(one) && hung_up(other);
	}
	ck_assert_uint_lt(test_now() - came, 4 * SECOND);
}

static void metrics_slow_client_is_dropped(void)
{
	uint64_t before = test_now();
	struct stats s;
	int reads_not, ends_not;
	char *answer;

	stats_open(&s);
	/* More than a socket takes. */
	s.vms = 600;
	reads_not = stats_connect(&s);
	stats_say(reads_not, "GET /metrics HTTP/1.1\r\n\r\n");
	while (s.asked == 0)
		ck_assert(stats_work(&s, 5000));
	ends_not = stats_connect(&s);
	stats_say(ends_not, "GET /metrics HTTP/1.1\r\n");

	/* The next is served as if they were not there. */
	answer = stats_ask(&s, "GET /metrics HTTP/1.1\r\n\r\n", false);
	ck_assert_uint_gt(strlen(http_body(answer, 200)), 300000);
	free(answer);
	ck_assert_uint_lt(test_now() - before, SECOND);

	expect_dropped(&s, reads_not, ends_not, before);
	ck_assert_uint_eq(s.asked, 2);
	close(reads_not);
	close(ends_not);
	stats_close(&s);
}

TEST_MAIN(metrics_slow_client_is_dropped)
