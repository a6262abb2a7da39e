/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the hold has of a VM, by which names, and going on from that: "vm-ID.conn" and
 * ".pidfd" since it was accepted, then ".uffd", ".state" and ".record", put in this order. Besides
 * "listen", the socket, and "content-IDENTITY", which tells a server that wants to take over
 * whether it has the same content, and is a file with the socket's path. A record's text is
 *
 *	uffd-serve 1 ID PID IDENTITY-OF-THE-CONTENT
 *	the handshake, as it was sent
 *
 * With a record a VM is gone on with. Without, nothing of it has been served, and its handshake is
 * still in the connection: it is read again.
 * Must never: go on with a VM from another content than it began with.
 */
#ifndef SERVE_TAKEOVER_H
#define SERVE_TAKEOVER_H

#include "serve/hold.h"
#include "serve/server.h"

struct vm;
struct vm_handshake;

/*
 * Puts a VM's descriptors there. Its state file, the caller's; -errno: some may be there, see
 * takeover_forget().
 */
int takeover_keep(const struct vm *vm, const struct vm_handshake *h);
void takeover_forget(struct server *s, uint32_t id);
/* But for the connection and its process. */
void takeover_forget_half(struct server *s, uint32_t id);

#define TAKEOVER_CONTENT "content-" /* how the name begins that tells a server's content */
/* Whether that name is of another content than this server's. */
bool takeover_is_other_content(const char *name, const struct server *s);
/* Puts its own there, with the path of the socket in it. 0; -errno. */
int takeover_keep_content(struct server *s);

#define TAKEOVER_PATH 128 /* more than a socket's */

/* What was held when the hold was opened. */
struct kept {
	uint32_t id;
	int pidfd, conn, uffd, state, record; /* -1: not there */
};

struct takeover {
	struct kept *vms;
	size_t count;
	int listening;               /* -1: not there */
	char content[HOLD_NAME_MAX]; /* whose name it is; empty: not there */
	char path[TAKEOVER_PATH];    /* of the socket then; empty: not known */
};

/* Sorts the hold's entries, and takes them. 0; -ENOMEM: all are closed. */
int takeover_read(struct takeover *t, struct server *s);
/*
 * Begins to serve what was left, and to read again what was left half. 0; -EXDEV: the VMs began
 * with another content, and nothing was done; -errno.
 */
int takeover_begin(struct takeover *t, struct server *s);
/* Closes what nobody took. */
void takeover_close(struct takeover *t);

#endif
