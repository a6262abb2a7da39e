/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: descriptors that outlive this process: kept by a holder process of our own, or in systemd's
 * descriptor store. What must go on after a kill -9 is in one of them.
 * Must never: know what a descriptor is for; its name says that to whoever put it there.
 *
 * A holder is a process forked when the server starts. It listens on "<socket>.hold" (mode 0600),
 * keeps what it is given, and drops what belongs to a VM whose pidfd says that it has ended. When
 * its server has left and nothing of a VM is kept it ends, and its sockets with it. If its server
 * was killed it stays for ten seconds more, and takes in who waits at the server's socket then. A
 * server that takes over asks it; it asks the old server to yield, waits until that has closed its
 * connection (or five seconds: then it kills it), and hands over everything. A holder that dies
 * takes nothing with it as long as its server lives, which has a duplicate of all that is kept.
 */
#ifndef SERVE_HOLD_H
#define SERVE_HOLD_H

#include <stdbool.h>
#include <stddef.h>

#define HOLD_NAME_MAX 32 /* with the NUL; letters, digits, '-' and '.' (systemd allows no ':') */
#define HOLD_LISTEN   "listen" /* the name of what listens at the server's socket_path */
#define HOLD_SERVER   "server" /* what hold_find() finds as long as a server is there */

struct hold;

struct hold_entry {
	char name[HOLD_NAME_MAX];
	int fd; /* whoever takes the entry owns it */
};

/*
 * A fresh start: a new holder, or systemd's store where NOTIFY_SOCKET is set. -EADDRINUSE: a holder
 * of that path is alive: --takeover is the way. Before threads are made and privileges dropped.
 */
int hold_open(struct hold **hold, const char *socket_path);

/*
 * Goes on where another server ended, or ends it: -ENOENT: nobody holds anything for that path;
 * -ETIMEDOUT: the old server neither yielded nor died; -EBUSY: somebody else takes over; -EPERM:
 * the holder is another user's, and not root's. With systemd the same as hold_open().
 */
int hold_takeover(struct hold **hold, const char *socket_path);

/*
 * What was kept when it was opened; the array is the hold's, the descriptors the caller's. With
 * systemd what listens is not among them: it is listen_inherited()'s.
 */
size_t hold_entries(const struct hold *hold, const struct hold_entry **entries);

/*
 * Keeps a duplicate under a name, until hold_remove(). Returns when it is kept (not only sent):
 * from then on this process may die. All names "vm-<id>.<what>" of one id go together when the
 * descriptor "vm-<id>.pidfd" says that the process has ended; with systemd they stay. -EINVAL: the
 * name; -EEXIST: is kept already, -ENOENT: is not; -EPIPE: the holder has died; -EMFILE, -ENOSPC:
 * it keeps as much as it may; -ETIMEDOUT: no answer, so the name may be kept or not; -errno.
 */
int hold_put(struct hold *hold, const char *name, int fd);
int hold_remove(struct hold *hold, const char *name);

/*
 * Accepts who waits at what is kept as HOLD_LISTEN, which is the caller's descriptor listening too,
 * and keeps the connection and its process as "<vm>.conn" and "<vm>.pidfd"; vm is "vm-<id>". They
 * are kept before this process has them; with systemd right after that, which leaves a moment. The
 * connection, non-blocking, the caller's; -ESRCH: the client has ended; as hold_put(), accept(2).
 */
int hold_accept(struct hold *hold, const char *vm, int listening);

/*
 * A name that is kept for that path and begins like this; nobody has to yield for it. -ENOENT:
 * none is; as hold_takeover(). With systemd nobody is there to be asked: -ENOENT.
 */
int hold_find(const char *socket_path, const char *beginning, char name[HOLD_NAME_MAX]);
/* How many VMs are; as hold_find(). */
int hold_count_vms(const char *socket_path);

/* Polls readable when a newcomer wants to take over; -1: cannot happen (systemd). */
int hold_fd(const struct hold *hold);
/* After hold_fd() polled: true: yield. */
bool hold_must_yield(struct hold *hold);
/* Hangs up when the holder has died; -1: cannot happen (systemd). */
int hold_channel(const struct hold *hold);
/*
 * After that: another holder, which is given all that the last one had. -errno: there is none, and
 * this may be tried again. hold_channel() is another descriptor then, hold_fd() the same. May be
 * called while the process has threads.
 */
int hold_renew(struct hold *hold);
/* The holder's pid, 0: systemd. */
int hold_pid(const struct hold *hold);

/*
 * Frees it; what is kept stays kept. Where nothing of a VM is, the sockets are gone when it
 * returns. A server closes it when nobody of its own serves any more: a newcomer goes on from here.
 */
void hold_close(struct hold *hold);

#endif
