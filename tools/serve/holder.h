/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the holder process: what it was started with, and its state.
 * Must never: be used by a process that does anything else.
 */
#ifndef SERVE_HOLDER_H
#define SERVE_HOLDER_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "serve/hold_wire.h"
#include "serve/socket_file.h"

/* Connections of processes that want to take over; more wait until one of them has gone. */
#define HOLDER_VISITORS 4

/* Children that close something, at once. */
#define HOLDER_CLOSERS 8

/* Descriptors that are never given to entries: its own, visitors, and a packet full of them. */
#define HOLDER_RESERVE 64

struct holder_entry {
	char name[HOLD_NAME_MAX];
	int fd;
	/* Of a pidfd that has told of an end: when the memory is to be asked for, too; else 0. */
	uint64_t ask_at;
};

struct holder_peer {
	int fd;            /* -1: nobody */
	int pidfd;         /* -1: not known */
	uint64_t deadline; /* CLOCK_MONOTONIC, ns: when the holder's patience with it ends */
};

enum holder_stage {
	HOLDER_SERVED, /* nobody takes over */
	HOLDER_ASKED,  /* the server has been asked to yield */
	HOLDER_KILLED, /* it did not, and has been killed */
	HOLDER_GIVING, /* the newcomer gets the entries; they do not change meanwhile */
};

struct holder {
	struct socket_file file;        /* of its socket */
	char socket_name[NAME_MAX + 1]; /* of the server's, in the same directory */
	int listening;
	int yield; /* eventfd; the server polls it */
	struct holder_peer server;
	struct holder_peer visitors[HOLDER_VISITORS];
	struct holder_peer *newcomer; /* one of them, or NULL */
	struct hold_message take;     /* its request */
	enum holder_stage stage;
	uint32_t given;
	uint64_t stay_until; /* for a server after one that was killed; 0: it was not */

	struct holder_entry *entries;
	struct pollfd *polls; /* the holder's own and one an entry */
	size_t count;
	size_t room;
	size_t most; /* as many as the limit of descriptors allows */

	int closers[HOLDER_CLOSERS]; /* pidfds of children that close something; 0: none */
	int *postponed;              /* to be closed when there is a child for it */
	size_t postponed_count;
};

/* In the child of a fork: closes what is not its own, answers on server.fd, and never returns. */
__attribute__((noreturn)) void holder_main(struct holder *h);

/* holder_entries.c: what is kept. */
int holder_entries_init(struct holder *h);
int holder_entries_add(struct holder *h, const char *name, int fd); /* its own if 0 */
int holder_entries_remove(struct holder *h, const char *name);
const struct holder_entry *holder_entries_find(const struct holder *h, const char *name);
/* The first whose name begins like this. */
const struct holder_entry *holder_entries_search(const struct holder *h, const char *beginning);
bool holder_entries_have_vm(const struct holder *h);
uint32_t holder_entries_count_vms(const struct holder *h);
/* Asks what is due; of whom the process has ended and the memory has gone is dropped. */
void holder_entries_ask(struct holder *h, uint64_t now);
/* When that is next, or UINT64_MAX. */
uint64_t holder_entries_ask_at(const struct holder *h);
bool holder_entry_tells_end(const struct holder_entry *entry);

/* holder_accept.c: clients of the server. */
/* A client that waits, kept as of that VM. Its connection, the entries' own; -errno. */
int holder_accept_client(struct holder *h, const char *vm);
/* All that wait, as of VMs by new names: there is no server, and no VM. */
void holder_accept_clients(struct holder *h);

/* holder_close.c: closing what may wait. */
void holder_close(struct holder *h, int fd);
/* Tries again where it could not be; when to try once more, or UINT64_MAX. */
uint64_t holder_close_postponed(struct holder *h, uint64_t now);

/* holder_takeover.c: from one server to the next. */
void holder_accept(struct holder *h);
void holder_visitor_says(struct holder *h, struct holder_peer *visitor);
void holder_visitor_gone(struct holder *h, struct holder_peer *visitor);
/* The server's end of the connection is closed. */
void holder_server_gone(struct holder *h);
/* Does what has become due; the time of the next deadline or UINT64_MAX. */
uint64_t holder_deadlines(struct holder *h, uint64_t now);

/* holder.c */
/* Answers a request; fd -1: no descriptor. 0 or -errno. */
int holder_answer(const struct holder_peer *peer, const struct hold_message *request,
		  struct hold_message answer, int fd);
/*
 * Receives a request: 1; 0: the peer has closed; -EAGAIN: nothing there. What is malformed is
 * answered and -EINVAL; fd: -1 if none came, the caller's.
 */
int holder_receive(const struct holder_peer *peer, struct hold_message *request, int *fd);
void holder_peer_close(struct holder_peer *peer);

#endif
