/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A stats socket, served by the test's own thread, and clients of it. */
#ifndef STATS_H
#define STATS_H

#include "test.h"

#include <serve/metrics.h>

struct stats {
	struct metrics *metrics;
	char directory[32];
	char path[64];
	unsigned int asked; /* how often the figures were */
	size_t vms;         /* so many are told of */
};
void stats_open(struct stats *s);
void stats_close(struct stats *s);

/* Waits until there is work, at most so long, and does it; whether there was. */
bool stats_work(struct stats *s, int timeout_ms);

/* A client, connected; it does not wait. */
int stats_connect(const struct stats *s);
void stats_say(int client, const char *text);
/* Serves until the client is told the end, which must be a clean one; what it got, to be freed. */
char *stats_answer(struct stats *s, int client);
/* The same of a new client that says this and then waits; ended: that it says no more. */
char *stats_ask(struct stats *s, const char *text, bool ended);

/* Whether it is the text of the metrics, alone. */
bool is_bare(const char *answer);
/* Checks an answer's header; returns what follows it. */
const char *http_body(const char *answer, int status);

#endif
