/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See server.h. */
#include "serve/server.h"

#include <stdio.h>
#include <sys/eventfd.h>

#include "serve/clock.h"
#include "serve/connection.h"
#include "serve/hold.h"
#include "serve/notify.h"
#include "serve/report.h"
#include "serve/vm.h"

/* Shorter than a holder's patience with a server that is to yield. */
#define END_NS (3 * SECOND_NS)

void server_ring(struct server *s)
{
	eventfd_write(s->doorbell.fd, 1);
}

void server_end(struct server *s, const char *event, bool leaves)
{
	if (s->ending)
		return;
	report_server(s->report, event, NULL);
	notify_stopping();
	/* Who waits at a socket that goes would not be told. */
	if (!leaves && !s->inherited)
		server_accept_all(s);
	s->ending = true;
	s->leaves = leaves;
	s->end_by = now_ns() + END_NS;
	server_stop_accepting(s);
	connections_end(s);
	vms_stop(s);
}

/* Says how to go on with what is left. */
static void tell_end(struct server *s)
{
	uint32_t count = s->vm_count + s->left;
	char detail[160];

	if (!count) {
		report_server(s->report, "stopped", NULL);
		return;
	}
	if (s->leaves)
		snprintf(detail, sizeof(detail), "%u VMs are left to the other server", count);
	else if (hold_pid(s->hold) == 0)
		snprintf(detail, sizeof(detail), "%u VMs wait until the service is started again",
			 count);
	else
		snprintf(detail, sizeof(detail),
			 "%u VMs wait: go on with uffd-serve --takeover --socket %s", count,
			 s->path);
	report_server(s->report, "stopped", detail);
}

/* Sees to what is due. Milliseconds until something is, or -1. */
static int see_to(struct server *s)
{
	uint64_t now = now_ns(), next = s->ending ? s->end_by : NEVER;
	uint64_t others[] = {
		connections_due(s, now),   vms_look(s, now),        server_accept_due(s, now),
		server_holder_due(s, now), server_progress(s, now),
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		next = others[i] < next ? others[i] : next;
	if (next == NEVER)
		return -1;
	return next <= now ? 0 : (int)((next - now + MS_NS - 1) / MS_NS);
}

static bool has_ended(const struct server *s)
{
	return s->ending && (!vms_busy(s) || now_ns() >= s->end_by);
}

int server_run(struct server *s)
{
	uint32_t told = s->vm_count;
	int ret = 0;

	notify_ready(told);
	while (ret >= 0) {
		int timeout = see_to(s);

		if (s->vm_count != told)
			notify_status(told = s->vm_count);
		if (has_ended(s))
			break;
		ret = events_wait(s->events, timeout);
	}
	tell_end(s);
	return ret < 0 ? ret : 0;
}
