/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how the server begins: what can fail before a server that runs is asked to yield, then
 * what that has left, then the sockets; privileges go last. The question is server_takeover.c's.
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

/* What is open until all of it is. */
struct opening {
	struct takeover takeover;
	struct listen_beside stats;
	bool stats_are_beside; /* still not where they shall be */
};

static int wrong_error(const char *what, int error)
{
	return server_wrong(what, strerror(-error));
}

/* A service manager's socket, and where it is. */
static int inherit(struct server *s)
{
	static struct sockaddr_un address; /* its path is used as long as the server is */
	socklen_t size = sizeof(address);
	char reason[LISTEN_REASON];

	s->listening.fd = listen_inherited(reason);
	if (s->listening.fd < 0)
		return server_wrong("--socket is missing, and of a service manager's", reason);
	s->inherited = true;
	if (getsockname(s->listening.fd, (struct sockaddr *)&address, &size) < 0)
		return wrong_error("the service manager's socket", -errno);
	if (size <= offsetof(struct sockaddr_un, sun_path) || !address.sun_path[0])
		return server_wrong("the service manager's socket", "has no path");
	s->path = address.sun_path;
	return 0;
}

/*
 * What a manager without a socket unit was given to keep. It was bound under another name, so where
 * it is says who kept it.
 */
static int take_stored(struct server *s, const struct takeover *t)
{
	char reason[LISTEN_REASON];
	int ret, fd;

	if (hold_pid(s->hold) != 0 || strcmp(t->path, s->path))
		return -ENOENT;
	fd = listen_inherited(reason);
	if (fd < 0)
		return fd;
	ret = hold_put(s->hold, HOLD_LISTEN, fd);
	/* It is of a socket unit. */
	if (ret == 0)
		hold_remove(s->hold, HOLD_LISTEN);
	if (ret != -EEXIST)
		return -ENOENT;
	s->listening.fd = fd;
	return 0;
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
	if (s->listening.fd < 0 && take_stored(s, t) == 0)
		return 0;
	if (s->listening.fd < 0) {
		ret = listen_at(s->path, o->mode, o->owner.uid, o->owner.gid, reason);
		if (ret < 0)
			return server_wrong(s->path, reason);
		s->listening.fd = ret;
	}
	/* A service manager passes its socket again. */
	if (s->inherited && hold_pid(s->hold) == 0)
		return 0;
	hold_remove(s->hold, HOLD_LISTEN); /* of a server before, at another socket */
	ret = hold_put(s->hold, HOLD_LISTEN, s->listening.fd);
	return ret < 0 ? wrong_error("the socket cannot be held", ret) : 0;
}

/* Another server may still have that path; all but this can be told now. */
static int prepare_stats(struct server *s, struct opening *o)
{
	const struct options *options = s->options;
	char reason[LISTEN_REASON];
	int ret;

	if (!options->stats)
		return 0;
	if (listen_prepare(&o->stats, options->stats, options->mode, options->owner.uid,
			   options->owner.gid, reason) < 0)
		return server_wrong(options->stats, reason);
	ret = metrics_open(&s->metrics, o->stats.fd, server_metrics, s);
	if (ret < 0) {
		listen_drop(&o->stats);
		close(o->stats.fd);
		return wrong_error(options->stats, ret);
	}
	s->stats_socket = o->stats.fd;
	o->stats_are_beside = true;
	return 0;
}

static void close_stats(struct server *s)
{
	metrics_close(s->metrics);
	s->metrics = NULL;
	s->stats_socket = -1;
}

/* Where a server has yielded VMs do not wait for who has the path of the metrics. */
static int place_stats(struct server *s, struct opening *o)
{
	char reason[LISTEN_REASON];

	if (!o->stats_are_beside)
		return 0;
	o->stats_are_beside = false;
	if (listen_move_in(&o->stats, reason) == 0)
		return 0;
	if (!s->options->takeover && !o->takeover.count)
		return server_wrong(s->options->stats, reason);
	fprintf(stderr, "uffd-serve: %s: %s: it goes on without metrics\n", s->options->stats,
		reason);
	close_stats(s);
	return 0;
}

/* As far as that can be known while root's work is still to be done. */
static int try_privileges(const struct server *s)
{
	const struct options *o = s->options;
	int ret = o->user.uid == (uid_t)-1 ? 0
					   : privileges_try(&o->user, o->on_error == ON_ERROR_KILL);

	return ret < 0 ? wrong_error("privileges cannot be dropped", ret) : 0;
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
		return server_other_content(s);
	if (ret < 0)
		return wrong_error("the VMs that wait", ret);
	report_server(s->report, "listening", s->path);
	if (!t->count)
		return 0;
	snprintf(detail, sizeof(detail), "%u VMs", s->vm_count + s->connection_count);
	report_server(s->report, "taken-over", detail);
	return 0;
}

/* What can fail is tried before a server that runs there has to be gone for the rest. */
static int open_before(struct server *s, struct opening *o)
{
	int ret = server_prepare(s);

	if (ret == 0 && !s->path)
		ret = inherit(s);
	if (ret == 0)
		ret = content_open(&s->content, s->options);
	if (ret == 0)
		ret = try_privileges(s);
	return ret == 0 ? prepare_stats(s, o) : ret;
}

static int open_the_rest(struct server *s, struct opening *o)
{
	int ret = takeover_read(&o->takeover, s);

	if (ret < 0)
		return wrong_error("the VMs that wait", ret);
	ret = listen_there(s, &o->takeover);
	if (ret == 0)
		ret = place_stats(s, o);
	if (ret == 0)
		ret = drop_privileges(s);
	if (ret == 0)
		ret = server_watch(s);
	return ret == 0 ? go_on(s, &o->takeover) : ret;
}

int server_open(struct server *s, const struct options *options)
{
	struct opening o = {.takeover.listening = -1};
	bool stored = false;
	size_t waiting = 0;
	int ret;

	server_init(s, options);
	ret = open_before(s, &o);
	if (ret == 0)
		ret = server_take_hold(s);
	if (ret == 0) {
		stored = hold_pid(s->hold) == 0;
		ret = open_the_rest(s, &o);
		waiting = o.takeover.count;
	}
	takeover_close(&o.takeover);
	if (ret == 0)
		return 0;
	if (o.stats_are_beside) {
		listen_drop(&o.stats);
		close_stats(s);
	}
	s->leaves = true;
	server_close(s);
	if (waiting)
		server_tell_waiting(s, waiting, stored);
	return ret;
}
