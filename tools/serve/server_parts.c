/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: the parts of a server that are of this process alone, and its end. See server_parts.h. */
#include "serve/server_parts.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <uffd/raw.h>

#include "serve/clock.h"
#include "serve/closer.h"
#include "serve/connection.h"
#include "serve/hold.h"
#include "serve/listen.h"
#include "serve/metrics.h"
#include "serve/report.h"
#include "serve/vm.h"

/*
 * Descriptors: of a VM, with its loop, its ring and duplicates of what is held; of a client, with
 * those; of the server itself.
 */
#define OF_A_VM     17
#define OF_A_CLIENT 5
#define OF_SERVER   48

#define PROGRESS_TERMINAL_MS 200
#define PROGRESS_LINES_MS    1000

int server_wrong(const char *what, const char *why)
{
	fprintf(stderr, "uffd-serve: %s: %s\n", what, why);
	return -1;
}

static int wrong(const char *what, int error)
{
	return server_wrong(what, strerror(-error));
}

static void on_signal(struct watch *watch)
{
	struct server *s = container_of(watch, struct server, signals);
	struct signalfd_siginfo info;

	if (read(watch->fd, &info, sizeof(info)) == sizeof(info))
		server_end(s, "stopping", false);
}

static void on_line(void *server, int level, uint32_t vm, const char *line)
{
	struct server *s = server;

	report_log(s->report, level, vm, line);
}

static void on_lines(struct watch *watch)
{
	struct server *s = container_of(watch, struct server, lines);

	log_read(&s->log, on_line, s);
}

static void on_doorbell(struct watch *watch)
{
	eventfd_t rings;

	/* VMs are looked at after every event. */
	eventfd_read(watch->fd, &rings);
}

static void on_newcomer(struct watch *watch)
{
	struct server *s = container_of(watch, struct server, newcomer);

	if (hold_must_yield(s->hold))
		server_end(s, "yielding", true);
}

static void on_stats(struct watch *watch)
{
	struct server *s = container_of(watch, struct server, stats);

	metrics_work(s->metrics);
}

void server_init(struct server *s, const struct options *options)
{
	*s = (struct server){
		.options = options,
		.path = options->socket,
		.log = {.in = -1, .out = -1},
		.events = -1,
		.signals = {-1, on_signal},
		.lines = {-1, on_lines},
		.doorbell = {-1, on_doorbell},
		.newcomer = {-1, on_newcomer},
		.holder = {-1, server_holder_died},
		.holder_at = NEVER,
		.stats = {-1, on_stats},
		.listening = {-1, server_accept},
		.stats_socket = -1,
		.accept_at = NEVER,
		.progress_at = NEVER,
		.next_id = 1,
		.totals.started_ns = now_ns(),
	};
	s->connections_end = &s->connections;
}

/* They are waited for like everything else; threads inherit that. */
static int take_signals(struct server *s)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* a limit on the size of files is an error like others */
	s->signals.fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return s->signals.fd < 0 ? -errno : 0;
}

/* A descriptor that comes with a handshake and finds no place is lost: no more VMs than have it. */
static void limit_vms(struct server *s)
{
	struct rlimit limit;
	rlim_t room = OF_SERVER + (MOST_CONNECTIONS + 1) * OF_A_CLIENT, vms = 1;

	s->most_vms = s->options->max_vms;
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY)
		return;
	if (limit.rlim_cur >= room + OF_A_VM)
		vms = (limit.rlim_cur - room) / OF_A_VM;
	if (s->most_vms <= vms)
		return;
	fprintf(stderr, "uffd-serve: --max-vms: %llu, as the limit of descriptors (%llu) allows\n",
		(unsigned long long)vms, (unsigned long long)limit.rlim_cur);
	s->most_vms = (uint32_t)vms;
}

bool server_has_room(uint32_t vms)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == RLIM_INFINITY ||
	       limit.rlim_cur >= OF_SERVER + (rlim_t)vms * OF_A_VM;
}

/*
 * What may be used of it. A server that may not open a userfaultfd cannot ask: what the kernel
 * lacks it will refuse then.
 */
static void ask_features(struct server *s)
{
	if (uffd_raw_features(&s->features) < 0)
		s->features = ~UINT64_C(0);
	s->features &= UFFD_FEATURE_POISON | UFFD_FEATURE_MISSING_HUGETLBFS;
}

int server_prepare(struct server *s)
{
	unsigned int ms = isatty(STDOUT_FILENO) ? PROGRESS_TERMINAL_MS : PROGRESS_LINES_MS;
	int ret = take_signals(s);

	if (ret < 0)
		return wrong("signals", ret);
	limit_vms(s);
	ask_features(s);
	ret = s->events = events_open();
	if (ret >= 0)
		ret = s->doorbell.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (ret >= 0)
		ret = log_open(&s->log);
	if (ret == 0) {
		s->lines.fd = s->log.out;
		ret = report_open(&s->report, STDOUT_FILENO, ms);
	}
	return ret < 0 ? wrong("cannot begin", ret) : 0;
}

static int watch(struct server *s, struct watch *w, int fd)
{
	w->fd = fd;
	return fd < 0 ? 0 : events_add(s->events, w);
}

int server_watch(struct server *s)
{
	int ret = watch(s, &s->signals, s->signals.fd);

	if (ret == 0)
		ret = watch(s, &s->lines, s->log.out);
	if (ret == 0)
		ret = watch(s, &s->doorbell, s->doorbell.fd);
	if (ret == 0)
		ret = watch(s, &s->newcomer, hold_fd(s->hold));
	s->holder.fd = hold_channel(s->hold);
	if (ret == 0 && s->holder.fd >= 0)
		ret = events_add_hangup(s->events, &s->holder);
	if (ret == 0 && s->metrics)
		ret = watch(s, &s->stats, metrics_fd(s->metrics));
	if (ret == 0)
		ret = watch(s, &s->listening, s->listening.fd);
	s->accepts = ret == 0;
	return ret < 0 ? wrong("cannot begin", ret) : 0;
}

/* Before the hold is closed: a server that takes over makes its own there. */
static void close_stats(struct server *s)
{
	if (!s->metrics)
		return;
	listen_unlink(s->options->stats, s->stats_socket);
	metrics_close(s->metrics);
}

/* Who still wants to connect finds nobody, or whoever the socket is held for. */
static void close_socket(struct server *s)
{
	if (!s->vm_count && !s->left && !s->leaves && !s->inherited) {
		hold_remove(s->hold, HOLD_LISTEN);
		listen_unlink(s->path, s->listening.fd);
	}
	closer_close(s->listening.fd);
}

void server_close(struct server *s)
{
	close_stats(s);
	close_socket(s);
	vms_free(s);
	/* VMs that a thread still has are another server's when the process is gone, and not before. */
	if (s->hold && !s->vms)
		hold_close(s->hold);
	if (s->report)
		report_close(s->report);
	/* Threads of VMs that are still in a read end with the process, and need the rest. */
	if (s->vms)
		return;
	content_close(&s->content);
	free(s->figures);
	if (s->log.in >= 0)
		log_close(&s->log);
	close_own(s->doorbell.fd);
	close_own(s->signals.fd);
	close_own(s->events);
}
