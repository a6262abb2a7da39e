/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See connection.h. */
#include "serve/connection.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uffd/firecracker.h>

#include "serve/clock.h"
#include "serve/closer.h"
#include "serve/process.h"
#include "serve/report.h"
#include "serve/takeover.h"
#include "serve/vm.h"

struct connection {
	struct watch watch; /* the socket */
	struct server *server;
	struct connection *next;
	struct connection **link; /* what points here */
	struct uffd_fc_receiver *receiver;
	struct uffd_peer peer;
	uint32_t id;      /* by which the hold has it */
	size_t read_away; /* bytes that are no longer in the socket */
	uint64_t late_at;
};

static void append(struct server *s, struct connection *c)
{
	c->link = s->connections_end;
	*c->link = c;
	s->connections_end = &c->next;
	s->connection_count++;
}

static void take_out(struct connection *c)
{
	struct server *s = c->server;

	*c->link = c->next;
	if (c->next)
		c->next->link = c->link;
	else
		s->connections_end = c->link;
	s->connection_count--;
	server_freed(s);
}

/*
 * Messages of one byte fill a client's buffer before they are twice as many: whoever sends a
 * handshake in such pieces is given room, and has nothing to be read again then. One that comes
 * in one message is whole by the time.
 */
#define ROOM_AFTER 128

static void make_room(struct connection *c, size_t length)
{
	char away[ROOM_AFTER];

	while (length >= ROOM_AFTER && c->read_away < length) {
		size_t left = length - c->read_away;
		ssize_t n = recv(c->watch.fd, away, left < sizeof(away) ? left : sizeof(away),
				 MSG_DONTWAIT);

		if (n <= 0)
			return;
		c->read_away += (size_t)n;
	}
}

/* Closes what is still the connection's, in a thread that may wait for that. */
static void destroy(void *connection)
{
	struct connection *c = connection;

	uffd_fc_receiver_close(c->receiver);
	if (c->peer.pidfd >= 0)
		close(c->peer.pidfd);
	if (c->watch.fd >= 0)
		close(c->watch.fd);
	free(c);
}

const char *refuse_owner(struct server *s, int pidfd)
{
	if (s->options->on_error != ON_ERROR_KILL || pidfd < 0)
		return "its memory has no handler: do not resume it";
	if (kill_process(pidfd) < 0)
		return "its memory has no handler, and it cannot be killed: do not resume it";
	s->totals.killed++;
	return "killed";
}

static enum refusal refusal_of(int error)
{
	switch (error) {
	case -ECONNRESET:
		return REFUSED_CLOSED;
	case -ETIMEDOUT:
	case -EUSERS:
		return REFUSED_SILENT;
	case -ENODEV:
	case -ENOBUFS:
	case -ENOTTY:
	case -EPROTO:
		return REFUSED_DESCRIPTOR;
	case -EEXIST:
	case -ERANGE:
	case -EOVERFLOW:
		return REFUSED_REGIONS;
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
		return REFUSED_RESOURCES;
	default:
		return REFUSED_HANDSHAKE;
	}
}

static const char *words_of(const struct connection *c, int error)
{
	if (error == -ETIMEDOUT)
		return "no whole handshake in time";
	if (error == -EUSERS)
		return "no whole handshake, and its place was wanted";
	if (error == -ESHUTDOWN)
		return "no whole handshake before the server ended";
	if (*uffd_fc_reason(c->receiver))
		return uffd_fc_reason(c->receiver);
	return strerror(-error);
}

static size_t length_of(const struct connection *c)
{
	size_t length;

	uffd_fc_text(c->receiver, &length);
	return length;
}

/* Descriptors come with the first byte: nothing was handed over where none came. */
static bool handed_over(const struct connection *c, int error)
{
	/* Of more than one nothing is taken, and nobody knows what they were. */
	if (error == -ENOBUFS)
		return true;
	return length_of(c) > 0 && error != -ENODEV && error != -ENOTTY;
}

static void refuse(struct connection *c, int error)
{
	struct server *s = c->server;
	char words[LIBUFFD_FC_REASON_MAX + 100];
	enum refusal why = error == -ESHUTDOWN ? REFUSED_CLOSED : refusal_of(error);

	events_remove(s->events, &c->watch);
	take_out(c);
	/* Killed before its descriptor is closed: closing it turns its memory into zeros. */
	if (handed_over(c, error))
		snprintf(words, sizeof(words), "%s; %s", words_of(c, error),
			 refuse_owner(s, c->peer.pidfd));
	else
		snprintf(words, sizeof(words), "%s", words_of(c, error));
	s->totals.refused[why]++;
	report_refused(s->report, why, c->peer.pid, words);
	/* Closed it is somewhat later: whatever the client still sends would go nowhere. */
	shutdown(c->watch.fd, SHUT_RDWR);
	takeover_forget(s, c->id);
	closer_end(destroy, c);
}

/* What the connection has goes to a VM, which takes it or refuses it. */
static void complete(struct connection *c)
{
	struct vm_handshake h = {
		.id = c->id,
		.uffd = uffd_fc_take_fd(c->receiver),
		.conn = c->watch.fd,
		.pidfd = c->peer.pidfd,
		.pid = c->peer.pid,
	};

	events_remove(c->server->events, &c->watch);
	take_out(c);
	h.text = uffd_fc_text(c->receiver, &h.length);
	h.regions = uffd_fc_regions(c->receiver, &h.region_count);
	c->watch.fd = -1;
	c->peer.pidfd = -1;
	vm_begin(c->server, &h);
	destroy(c);
}

/* Takes what has arrived, all of it: of that there is no second event. Whether c is still there. */
static bool receive(struct connection *c)
{
	size_t before;
	int ret;

	do {
		before = length_of(c);
		ret = uffd_fc_receive(c->receiver);
	} while (ret == 0 && length_of(c) > before);
	if (ret == 0) {
		make_room(c, before);
		return true;
	}
	if (ret < 0)
		refuse(c, ret);
	else
		complete(c);
	return false;
}

static void ready(struct watch *watch)
{
	receive(container_of(watch, struct connection, watch));
}

static int attach(struct connection *c)
{
	int ret = uffd_fdpass_peer(c->watch.fd, &c->peer);

	if (ret == 0)
		ret = uffd_fc_receiver_peek(&c->receiver, c->watch.fd, c->server->content.length);
	return ret == 0 ? events_add_edge(c->server->events, &c->watch) : ret;
}

static void cannot_begin(struct server *s, uint32_t id, pid_t pid, int error)
{
	s->totals.refused[REFUSED_RESOURCES]++;
	report_refused(s->report, REFUSED_RESOURCES, pid, strerror(-error));
	takeover_forget(s, id);
}

void connection_open(struct server *s, int socket, uint32_t id)
{
	struct connection *c = calloc(1, sizeof(*c));
	int ret;

	if (!c) {
		closer_close(socket);
		cannot_begin(s, id, 0, -ENOMEM);
		return;
	}
	c->server = s;
	c->id = id;
	c->watch = (struct watch){socket, ready};
	c->peer = (struct uffd_peer){.size = sizeof(c->peer), .pidfd = -1};
	c->late_at = now_ns() + s->options->timeout_ms * MS_NS;
	ret = attach(c);
	if (ret < 0) {
		cannot_begin(s, id, c->peer.pid, ret);
		closer_end(destroy, c);
		return;
	}
	append(s, c);
}

uint64_t connections_due(struct server *s, uint64_t now)
{
	/* All have the same time: the oldest is the first to be late. */
	while (s->connections && s->connections->late_at <= now)
		refuse(s->connections, -ETIMEDOUT);
	return s->connections ? s->connections->late_at : NEVER;
}

static uint32_t of_user(const struct server *s, uid_t uid)
{
	uint32_t count = 0;

	for (const struct connection *c = s->connections; c; c = c->next)
		count += c->peer.uid == uid;
	return count;
}

/*
 * Who is to go: of the user who has most the oldest that has sent nothing, else the oldest. Never
 * the newest: that has had no time to send.
 */
static struct connection *in_the_way(const struct server *s)
{
	struct connection *chosen = NULL;
	uint32_t most = 0;

	for (struct connection *c = s->connections; c->next; c = c->next) {
		uint32_t count = of_user(s, c->peer.uid);

		if (count < most || (count == most && (length_of(c) || !length_of(chosen))))
			continue;
		chosen = c;
		most = count;
	}
	return chosen;
}

void connections_make_room(struct server *s)
{
	while (s->connection_count > MOST_CONNECTIONS) {
		struct connection *c = in_the_way(s);
		bool was_silent = !length_of(c);

		/* What it has sent meanwhile may be all, or reason enough to let another one go. */
		if (receive(c) && !(was_silent && length_of(c)))
			refuse(c, -EUSERS);
	}
}

/* Its next server reads it from the start. */
static void leave(struct connection *c)
{
	c->server->left++;
	events_remove(c->server->events, &c->watch);
	take_out(c);
	closer_end(destroy, c);
}

void connections_end(struct server *s)
{
	struct connection *c, *next;
	bool goes_on;

	for (c = s->connections; c; c = next) {
		next = c->next;
		if (receive(c) && uffd_fc_has_fd(c->receiver) && !c->read_away)
			leave(c);
	}
	/* For who has handed nothing over nobody has to wait. */
	goes_on = s->leaves || s->vm_count || s->left;
	while ((c = s->connections)) {
		if (goes_on && !c->read_away)
			leave(c);
		else
			refuse(c, -ESHUTDOWN);
	}
}
