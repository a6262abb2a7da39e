/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the server: what its parts share, and its one thread that waits for descriptors.
 * Must never: wait for a client or a VM in that thread: VMs have threads of their own.
 */
#ifndef SERVE_SERVER_H
#define SERVE_SERVER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "serve/content.h"
#include "serve/events.h"
#include "serve/figures.h"
#include "serve/log.h"
#include "serve/options.h"

struct connection;
struct hold;
struct metrics;
struct report;
struct vm;

/* Who records the working set: one VM at a time, until one has been saved. */
enum recording {
	RECORDING_NONE,
	RECORDING_BEGUN,
	RECORDING_SAVED,
};

struct server {
	const struct options *options;
	const char *path; /* of the socket */
	struct content content;
	uint64_t features;     /* of userfaultfd here, as far as it can be asked */
	_Atomic int recording; /* enum recording */

	struct report *report;
	struct hold *hold;
	struct metrics *metrics; /* NULL: not wanted */
	struct log log;
	int events;

	struct watch signals;
	struct watch lines;    /* the log's */
	struct watch doorbell; /* threads of VMs ring it: something is to be looked at */
	struct watch newcomer; /* a server that takes over */
	struct watch holder;   /* hangs up when it has died */
	uint64_t holder_at;    /* when to try to have another one, or NEVER */
	struct watch stats;
	struct watch listening;
	bool inherited;     /* listening is a service manager's, and so is its path */
	int stats_socket;   /* the metrics' own; asked for when its path is removed */
	bool accepts;       /* whether listening is waited for */
	uint64_t accept_at; /* when to accept again, or NEVER */

	struct connection *connections; /* the oldest first */
	struct connection **connections_end;
	uint32_t connection_count;
	uint32_t left; /* that the next server goes on with */

	struct vm *vms;
	uint32_t vm_count;
	uint32_t most_vms;
	uint32_t next_id;
	struct vm_figures *figures; /* as many as figures_room */
	uint32_t figures_room;
	struct totals totals;
	uint64_t progress_at; /* when to tell of progress, or NEVER */

	bool ending;
	bool leaves;     /* what is held is another server's to go on with, also without VMs */
	uint64_t end_by; /* the threads of VMs have until then */
};

/* server_open.c: all of it or nothing. 0; -1: a line on standard error has said why. */
int server_open(struct server *s, const struct options *options);
/* What is held for VMs that go on stays held; without any, all is removed. */
void server_close(struct server *s);

/* server.c: until a signal, or a server that takes over. 0; -errno. */
int server_run(struct server *s);
/* Any thread: the server's own is to look at all VMs. */
void server_ring(struct server *s);
void server_end(struct server *s, const char *event, bool leaves);

/* server_accept.c */
void server_accept(struct watch *listening);
/* Whoever waits, before it ends; who comes all the time does not keep it from that. */
void server_accept_all(struct server *s);
/* Something was freed: accepting can go on. */
void server_freed(struct server *s);
void server_stop_accepting(struct server *s);
/* Goes on where it is time. When it will be, or NEVER. */
uint64_t server_accept_due(struct server *s, uint64_t now);

/* server_hold.c: the process that holds what is to outlive this one. */
void server_holder_died(struct watch *holder);
/* hold_put(), also if the holder has died meanwhile and there is another. */
int server_hold(struct server *s, const char *name, int fd);
/* Tries where it is time. When it will be, or NEVER. */
uint64_t server_holder_due(struct server *s, uint64_t now);

/* server_figures.c */
/* Tells of progress where it is time. When it will be, or NEVER. */
uint64_t server_progress(struct server *s, uint64_t now);
/* A metrics_fn. */
size_t server_metrics(void *server, const struct vm_figures **vms, struct totals *totals);

#endif
