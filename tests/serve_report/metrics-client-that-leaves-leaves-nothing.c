/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Clients that disconnect at once, in the middle of their request or before their answer is sent,
 * leave no descriptor behind, and a socket without clients sleeps.
 */
#include "stats.h"

#include <sys/socket.h>

static void leave(struct stats *s, const char *text, bool seen, bool reset)
{
	int client = stats_connect(s);

	if (seen)
		ck_assert(stats_work(s, 5000));
	stats_say(client, text);
	if (seen && text[0])
		ck_assert(stats_work(s, 5000));
	if (reset)
		ck_assert_int_eq(shutdown(client, SHUT_RDWR), 0);
	close(client);
	while (stats_work(s, 0))
		;
}

static void metrics_client_that_leaves_leaves_nothing(void)
{
	static const char *const texts[] = {"", "G", "GET /metrics HTTP/1.1\r\n",
					    "GET /metrics HTTP/1.1\r\n\r\n", "\n"};
	struct stats s;

	stats_open(&s);
	s.vms = 2000;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		for (int how = 0; how < 4; how++)
			leave(&s, texts[i], how & 1, how & 2);
	/* Longer than any client may stay: nothing wakes it any more. */
	ck_assert(!stats_work(&s, 1100));
	stats_close(&s);
}

TEST_MAIN(metrics_client_that_leaves_leaves_nothing)
