/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: clients that have not completed their handshake: what they have sent so far, how long they
 * may take, and why they are refused. What they send stays in the socket until it is held, so that
 * another server can read it, descriptor included, when this one is killed.
 * Must never: let a VM go on whose memory nobody serves without a word: who has handed memory over
 * and is refused is killed where that was asked for, and reported otherwise.
 */
#ifndef SERVE_CONNECTION_H
#define SERVE_CONNECTION_H

#include <uffd/fdpass.h>

#include "serve/server.h"

/* At once: for one more another one goes. */
#define MOST_CONNECTIONS 64

/*
 * A client that the hold has as that VM's; socket becomes the connection's. What cannot be begun is
 * refused.
 */
void connection_open(struct server *s, int socket, uint32_t id);

/* Refuses whom another one came for. */
void connections_make_room(struct server *s);

/* Refuses whoever is late. When the next one will be, or NEVER. */
uint64_t connections_due(struct server *s, uint64_t now);

/*
 * The server ends: what has arrived is taken. Who is not complete then stays held, for the next
 * server to read from the start; but who has sent no descriptor is refused where nobody else waits
 * for a next server, and so is whose beginning has been read away.
 */
void connections_end(struct server *s);

/*
 * Of a peer that has handed memory over, which is refused: the words for that, after the deed.
 * Kills it with --on-error kill.
 */
const char *refuse_owner(struct server *s, int pidfd);

#endif
