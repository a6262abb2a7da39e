/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* What server_open.c needs of server_parts.c: the parts that are of this process alone. */
#ifndef SERVE_SERVER_PARTS_H
#define SERVE_SERVER_PARTS_H

#include "serve/server.h"

/* Nothing is open. */
void server_init(struct server *s, const struct options *options);
/* Signals, descriptors, the report. 0; -1: a line on standard error has said why. */
int server_prepare(struct server *s);
/* Waits for everything that is open. The same. */
int server_watch(struct server *s);

#endif
