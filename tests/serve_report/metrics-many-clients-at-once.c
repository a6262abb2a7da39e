/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Forty clients at once are all served, sixteen of them at a time: the others wait in the backlog,
 * and the server does not wake up for them before there is a place.
 */
#include "stats.h"

#include <sys/socket.h>

#define CLIENTS 40
#define PLACES  16

static void metrics_many_clients_at_once(void)
{
	int clients[CLIENTS], before;
	struct stats s;

	stats_open(&s);
	for (int i = 0; i < CLIENTS; i++)
		clients[i] = stats_connect(&s);
	before = open_descriptors();
	ck_assert(stats_work(&s, 5000));
	ck_assert_int_eq(open_descriptors(), before + PLACES);
	ck_assert_msg(!stats_work(&s, 0), "it wakes up for clients that it has no place for");
	for (int i = 0; i < CLIENTS; i++)
		stats_say(clients[i], "GET /metrics HTTP/1.1\r\n\r\n");
	/* The last first: it needs a place of one that is before it. */
	for (int i = CLIENTS - 1; i >= 0; i--) {
		char *answer = stats_answer(&s, clients[i]);

		ck_assert(is_bare(http_body(answer, 200)));
		free(answer);
		ck_assert_int_le(open_descriptors(), before + PLACES);
	}
	ck_assert_uint_eq(s.asked, CLIENTS);
	ck_assert_int_eq(open_descriptors(), before);
	for (int i = 0; i < CLIENTS; i++)
		close(clients[i]);
	stats_close(&s);
}

TEST_MAIN(metrics_many_clients_at_once)
