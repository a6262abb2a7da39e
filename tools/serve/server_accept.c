/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: accepting clients, and not accepting for a while where that cannot be: they wait in the
 * kernel then.
 * Must never: try again and again what has just failed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "serve/clock.h"
#include "serve/connection.h"
#include "serve/report.h"
#include "serve/server.h"

#define PAUSE_NS SECOND_NS

void server_stop_accepting(struct server *s)
{
	if (s->accepts)
		events_remove(s->events, &s->listening);
	s->accepts = false;
	s->accept_at = NEVER;
}

static void pause_accepting(struct server *s, int error)
{
	char line[120];

	snprintf(line, sizeof(line), "nobody is accepted for a second: %s", strerror(error));
	report_log(s->report, LIBUFFD_LOG_WARNING, 0, line);
	server_stop_accepting(s);
	s->accept_at = now_ns() + PAUSE_NS;
}

void server_freed(struct server *s)
{
	if (!s->accepts && !s->ending)
		s->accept_at = 0;
}

uint64_t server_accept_due(struct server *s, uint64_t now)
{
	if (s->accept_at > now)
		return s->accept_at;
	s->accept_at = NEVER;
	s->accepts = events_add(s->events, &s->listening) == 0;
	if (!s->accepts)
		s->accept_at = now + PAUSE_NS;
	return s->accept_at;
}

void server_accept(struct watch *listening)
{
	struct server *s = container_of(listening, struct server, listening);
	int fd = accept4(listening->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), ret;

	if (fd < 0) {
		/* The others are of a client that has gone already. */
		if (errno != EAGAIN && errno != EINTR && errno != ECONNABORTED)
			pause_accepting(s, errno);
		return;
	}
	s->totals.connections++;
	ret = connection_open(s, fd);
	if (ret < 0) {
		s->totals.refused[REFUSED_RESOURCES]++;
		report_refused(s->report, REFUSED_RESOURCES, 0, strerror(-ret));
	}
	if (s->connection_count >= MOST_CONNECTIONS)
		server_stop_accepting(s);
}
