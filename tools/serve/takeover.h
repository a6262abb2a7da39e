/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the hold has of a VM, by which names, and going on from that: "vm-ID.pidfd",
 * ".record", ".uffd", ".conn", ".state", put in this order, and "listen", the socket. A record's
 * text is
 *
 *	uffd-serve 1 ID PID IDENTITY-OF-THE-CONTENT
 *	the handshake, as it was sent
 *
 * With the first three a VM can be gone on with: it is served when it has a state, so without one
 * it has not been.
 * Must never: go on with a VM from another content than it began with.
 */
#ifndef SERVE_TAKEOVER_H
#define SERVE_TAKEOVER_H

#include "serve/server.h"

struct vm;
struct vm_handshake;

/*
 * Puts a VM's descriptors there. Its state file, the caller's; -errno: some may be there, see
 * takeover_forget().
 */
int takeover_keep(const struct vm *vm, const struct vm_handshake *h);
/* Makes a state file for a VM, and puts it there. The same. */
int takeover_state(struct server *s, uint32_t id);
void takeover_forget(struct server *s, uint32_t id);

/* What was held when the hold was opened. */
struct kept {
	uint32_t id;
	int pidfd, conn, uffd, state, record; /* -1: not there */
};

struct takeover {
	struct kept *vms;
	size_t count;
	int listening; /* -1: not there */
};

/* Sorts the hold's entries, and takes them. 0; -ENOMEM: all are closed. */
int takeover_read(struct takeover *t, struct server *s);
/*
 * Begins to serve what was left, and drops what was left half. 0; -EXDEV: a VM began with another
 * content, and nothing was done; -ENOMEM.
 */
int takeover_begin(struct takeover *t, struct server *s);
/* Closes what nobody took. */
void takeover_close(struct takeover *t);

#endif
