/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: accepting clients, and not accepting for a while where that cannot be: they wait in the
 * kernel then.
 * Must never: try again and again what has just failed, or wait for a client to go.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "serve/clock.h"
#include "serve/closer.h"
#include "serve/connection.h"
#include "serve/hold.h"
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

static void cannot_accept(struct server *s, int error)
{
	switch (error) {
	case -EAGAIN:
	case -EINTR:
		return;
	case -ECONNABORTED: /* of a client that has gone already */
	case -ESRCH:
		return;
	case -EPIPE: /* until there is a holder again */
		server_stop_accepting(s);
		return;
	default:
		pause_accepting(s, -error);
	}
}

/* Whether there was one. */
static bool accept_one(struct server *s)
{
	char vm[HOLD_NAME_MAX];
	int fd;

	/* What those before have left behind is still being closed. */
	if (!closer_has_room()) {
		pause_accepting(s, EBUSY);
		return false;
	}
	snprintf(vm, sizeof(vm), "vm-%" PRIu32, s->next_id);
	fd = hold_accept(s->hold, vm, s->listening.fd);
	/* Without an answer that may be somebody's. */
	if (fd == -ETIMEDOUT)
		s->next_id++;
	if (fd < 0) {
		cannot_accept(s, fd);
		return false;
	}
	s->totals.connections++;
	connection_open(s, fd, s->next_id++);
	connections_make_room(s);
	return true;
}

void server_accept(struct watch *listening)
{
	accept_one(container_of(listening, struct server, listening));
}

void server_accept_all(struct server *s)
{
	for (int i = 0; i < SOMAXCONN && s->accepts && accept_one(s); i++)
		;
}
