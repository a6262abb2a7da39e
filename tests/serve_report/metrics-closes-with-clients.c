/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Closed with clients in every state, it leaves no descriptor and no memory behind. */
#include "stats.h"

static void metrics_closes_with_clients(void)
{
	static const char *const texts[] = {"", "GET /met", "GET /metrics HTTP/1.1\r\n\r\n"};
	int clients[4];
	struct stats s;

	stats_open(&s);
	s.vms = 2000;
	for (size_t i = 0; i < 3; i++) {
		clients[i] = stats_connect(&s);
		stats_say(clients[i], texts[i]);
	}
	while (s.asked == 0)
		ck_assert(stats_work(&s, 5000));
	clients[3] = stats_connect(&s);
	stats_close(&s);
	for (size_t i = 0; i < 4; i++)
		close(clients[i]);
}

TEST_MAIN(metrics_closes_with_clients)
