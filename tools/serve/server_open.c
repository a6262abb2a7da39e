/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how the server begins: what can fail before a server that runs is asked to yield, then
 * what that has left, then the sockets; privileges go last.
 * Must never: leave half of it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "serve/hold.h"
#include "serve/listen.h"
#include "serve/metrics.h"
#include "serve/report.h"
#include "serve/server_parts.h"
#include "serve/takeover.h"
#include "serve/vm.h"

static int wrong(const char *what, const char *why)
{
	fprintf(stderr, "uffd-serve: %s: %s\n", what, why);
	return -1;
}

static int wrong_error(const char *what, int error)
{
	return wrong(what, strerror(-error));
}

/* A service manager's socket, and where it is. */
static int inherit(struct server *s)
{
	static struct sockaddr_un address; /* its path is used as long as the server is */
	socklen_t size = sizeof(address);
	char reason[LISTEN_REASON];

	s->listening.fd = listen_inherited(reason);
	if (s->listening.fd < 0)
		return wrong("--socket is missing, and of a service manager's", reason);
	s->inherited = true;
	if (getsockname(s->listening.fd, (struct sockaddr *)&address, &size) < 0)
		return wrong_error("the service manager's socket", -errno);
	if (size <= offsetof(struct sockaddr_un, sun_path) || !address.sun_path[0])
		return wrong("the service manager's socket", "has no path");
	s->path = address.sun_path;
	return 0;
}

static int other_content(const struct server *s)
{
	return wrong(s->options->memory, "not the memory file and layers that the server or the "
					 "VMs there began with: they are left alone");
}

static int open_hold(struct server *s)
{
	char content[HOLD_NAME_MAX];
	int ret;

	/* A server that is there serves on if this one cannot. */
	if (s->options->takeover && hold_find(s->path, TAKEOVER_CONTENT, content) == 0 &&
	    takeover_is_other_content(content, s))
		return other_content(s);
	ret = s->options->takeover ? hold_takeover(&s->hold, s->path)
				   : hold_open(&s->hold, s->path);

	switch (ret) {
	case 0:
		return 0;
	case -EADDRINUSE:
		return wrong(s->path,
			     "a server is there, or what one has left: see --takeover");
	case -ENOENT:
		if (s->options->takeover)
			return wrong(s->path, "nothing is held there: start without --takeover");
		break;
	case -EBUSY:
		return wrong(s->path, "another server is taking over there");
	case -ETIMEDOUT:
		return wrong(s->path, "the server there neither yielded nor could be ended");
	}
	return wrong_error(s->path, ret);
}

static int listen_there(struct server *s, struct takeover *t)
{
	const struct options *o = s->options;
	char reason[LISTEN_REASON];
	int ret;

	if (s->listening.fd < 0 && t->listening >= 0) {
		s->listening.fd = t->listening;
		t->listening = -1;
		return 0;
	}
	if (s->listening.fd < 0) {
		ret = listen_at(s->path, o->mode, o->owner.uid, o->owner.gid, reason);
		if (ret < 0)
			return wrong(s->path, reason);
		s->listening.fd = ret;
	}
	/* A service manager passes its socket again. */
	if (s->inherited && hold_pid(s->hold) == 0)
		return 0;
	hold_remove(s->hold, HOLD_LISTEN); /* of a server before, at another socket */
	ret = hold_put(s->hold, HOLD_LISTEN, s->listening.fd);
	return ret < 0 ? wrong_error("the socket cannot be held", ret) : 0;
}

static int open_stats(struct server *s)
{
	const struct options *o = s->options;
	char reason[LISTEN_REASON];
	int fd, ret;

	if (!o->stats)
		return 0;
	fd = listen_at(o->stats, o->mode, o->owner.uid, o->owner.gid, reason);
	if (fd < 0)
		return wrong(o->stats, reason);
	ret = metrics_open(&s->metrics, fd, server_metrics, s);
	if (ret < 0) {
		listen_unlink(o->stats, fd);
		close(fd);
		return wrong_error(o->stats, ret);
	}
	s->stats_socket = fd;
	return 0;
}

static int drop_privileges(const struct server *s)
{
	const struct options *o = s->options;
	int ret = privileges_drop(&o->user, o->on_error == ON_ERROR_KILL);

	return ret < 0 ? wrong_error("privileges cannot be dropped", ret) : 0;
}

static int go_on(struct server *s, struct takeover *t)
{
	char detail[40];
	int ret = takeover_begin(t, s);

	if (ret == -EXDEV)
		return other_content(s);
	if (ret < 0)
		return wrong_error("the VMs that wait", ret);
	report_server(s->report, "listening", s->path);
	if (!t->count)
		return 0;
	snprintf(detail, sizeof(detail), "%u VMs", s->vm_count + s->connection_count);
	report_server(s->report, "taken-over", detail);
	return 0;
}

/* What a server that runs there must be gone for. */
static int open_the_rest(struct server *s, struct takeover *t)
{
	int ret = listen_there(s, t);

	if (ret == 0)
		ret = open_stats(s);
	if (ret == 0)
		ret = drop_privileges(s);
	if (ret == 0)
		ret = server_watch(s);
	return ret == 0 ? go_on(s, t) : ret;
}

int server_open(struct server *s, const struct options *options)
{
	struct takeover t = {.listening = -1};
	int ret;

	server_init(s, options);
	ret = server_prepare(s);
	if (ret == 0 && !s->path)
		ret = inherit(s);
	if (ret == 0)
		ret = content_open(&s->content, options);
	if (ret == 0)
		ret = open_hold(s);
	if (ret == 0 && takeover_read(&t, s) < 0)
		ret = wrong_error("the VMs that wait", -ENOMEM);
	if (ret == 0)
		ret = open_the_rest(s, &t);
	takeover_close(&t);
	if (ret < 0) {
		s->leaves = true;
		server_close(s);
	}
	return ret;
}
