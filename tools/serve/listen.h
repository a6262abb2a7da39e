/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: making unix sockets that listen: where, whose, and who may connect.
 * Must never: remove something that is not a socket nobody listens on, or follow a symlink.
 */
#ifndef SERVE_LISTEN_H
#define SERVE_LISTEN_H

#include <stddef.h>
#include <sys/types.h>

#include "serve/socket_file.h"

#define LISTEN_REASON 200

/*
 * A non-blocking close-on-exec SOCK_STREAM socket that listens at path. It is made under another
 * name with mode 0600, given its owner and mode, and renamed into place, so that nobody connects
 * before. uid or gid -1: the process's own. A socket that is there and answers ECONNREFUSED is
 * replaced. -ENAMETOOLONG, -ELOOP (a symlink is there), -EEXIST (something else is),
 * -EADDRINUSE (somebody listens there), as socket_lock(), -errno; reason: one line of words.
 */
int listen_at(const char *path, mode_t mode, uid_t uid, gid_t gid, char reason[LISTEN_REASON]);
/* What an error of socket_file_listen() means. */
const char *listen_words(int error);

/* A socket that listens under its other name, and waits to be renamed into place. */
struct listen_beside {
	struct socket_file file;
	struct socket_beside beside;
	int fd; /* the caller's */
};

/*
 * listen_at() in two steps, for a path where somebody listens who is about to end: whatever else
 * can be wrong is told by the first. After that one of the others has to be called; a failure of
 * listen_move_in() has dropped it.
 */
int listen_prepare(struct listen_beside *l, const char *path, mode_t mode, uid_t uid, gid_t gid,
		   char reason[LISTEN_REASON]);
int listen_move_in(struct listen_beside *l, char reason[LISTEN_REASON]);
void listen_drop(struct listen_beside *l);

/*
 * Sockets that systemd has opened (LISTEN_FDS): the first that listens on a unix stream; -ENOENT.
 */
int listen_inherited(char reason[LISTEN_REASON]);

/*
 * Removes a socket that was made by listen_at(), here or in a process before this one, if it is
 * still what is at the path. fd is to be open yet: it gets a connection, which says whose the path
 * is.
 */
void listen_unlink(const char *path, int fd);

#endif
