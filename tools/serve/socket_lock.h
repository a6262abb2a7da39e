/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a lock that is a file: whoever has it is alone at a path.
 * Must never: lock, or remove, a file that anybody else could have locked for good.
 */
#ifndef SERVE_SOCKET_LOCK_H
#define SERVE_SOCKET_LOCK_H

/*
 * Makes the file in that directory, or uses the one that a killed process has left, and waits for
 * its lock for a second at most. A descriptor; -ENOLCK: what is there is not a file that only this
 * user can open; -EBUSY: another process keeps it; -EINTR: it had to be waited for, and a signal
 * that ends a server has come; -errno.
 */
int socket_lock(int dir, const char *name);
/* The file goes when the lock does. */
void socket_unlock(int dir, const char *name, int fd);

#endif
