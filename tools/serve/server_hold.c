/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: that there is a holder: another one is made when it has died.
 * Must never: take a client that would not outlive this process.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "serve/clock.h"
#include "serve/hold.h"
#include "serve/report.h"
#include "serve/server.h"

#define AGAIN_NS SECOND_NS

/* 0; -errno: there is none, and it is tried again in a while. */
static int renew(struct server *s)
{
	char line[160];
	int ret = hold_renew(s->hold);

	/* The old one is closed, and not waited for any more. */
	s->holder.fd = hold_channel(s->hold);
	if (ret == 0)
		ret = events_add_hangup(s->events, &s->holder);
	if (ret < 0 && s->holder_at == NEVER) {
		snprintf(line, sizeof(line), "the holder has died, and there is no other: %s",
			 strerror(-ret));
		report_log(s->report, LIBUFFD_LOG_ERROR, 0, line);
	} else if (ret == 0) {
		report_log(s->report, LIBUFFD_LOG_WARNING, 0,
			   "the holder has died: another one has all that it had");
		server_freed(s);
	}
	s->holder_at = ret < 0 ? now_ns() + AGAIN_NS : NEVER;
	return ret;
}

void server_holder_died(struct watch *holder)
{
	struct server *s = container_of(holder, struct server, holder);

	events_remove(s->events, holder);
	renew(s);
}

int server_hold(struct server *s, const char *name, int fd)
{
	int ret = hold_put(s->hold, name, fd);

	if (ret == -EPIPE && renew(s) == 0)
		ret = hold_put(s->hold, name, fd);
	return ret;
}

uint64_t server_holder_due(struct server *s, uint64_t now)
{
	if (s->holder_at <= now)
		renew(s);
	return s->holder_at;
}
