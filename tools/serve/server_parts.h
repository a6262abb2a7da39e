/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What server_open.c begins with: the parts that are of this process alone, and the hold. */
#ifndef SERVE_SERVER_PARTS_H
#define SERVE_SERVER_PARTS_H

#include "serve/server.h"

/* Nothing is open. */
void server_init(struct server *s, const struct options *options);
/* Signals, descriptors, the report. 0; -1: a line on standard error has said why. */
int server_prepare(struct server *s);
/* Waits for everything that is open. The same. */
int server_watch(struct server *s);
/* Whether the limit of descriptors is enough to serve so many VMs. */
bool server_has_room(uint32_t vms);
/* A line on standard error; -1. */
int server_wrong(const char *what, const char *why);

/* server_takeover.c: opens the hold. The same. */
int server_take_hold(struct server *s);
/* Another content than that of the VMs there: the line, and -1. */
int server_other_content(const struct server *s);
/* That these VMs have no server by now, and what to do; stored: in systemd's store. */
void server_tell_waiting(const struct server *s, size_t vms, bool stored);

#endif
