/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: Firecracker's side of the handshake, written by hand: the userfaultfd, and the message.
 * Must never: use the library: it is the witness that the library reads what Firecracker writes.
 */
#ifndef SERVE_VMM_HANDOVER_H
#define SERVE_VMM_HANDOVER_H

#include "memory.h"
#include "options.h"

struct handover {
	int uffd; /* a VMM keeps its own: else the server's death would fill the memory with zeros */
	int socket; /* open from 1.12 on, else -1 */
};

/* 0; -1 or EXIT_SKIP: the reason was said. */
int handover_send(struct handover *handover, const struct memory *memory,
		  const struct options *options);
void handover_close(struct handover *handover);

/* The message's text for these regions; its length. */
int handover_text(char *text, size_t size, const struct memory *memory, enum wire wire);

#endif
