/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the file of a unix socket, in a directory that is held open: it is made, asked who listens
 * there, and removed. Addresses go by /proc/self/fd, so a path may be longer than a sun_path, and
 * the working directory may change; /proc has to be mounted.
 * Must never: remove something that is not a socket nobody else listens on, or follow a symlink.
 */
#ifndef SERVE_SOCKET_FILE_H
#define SERVE_SOCKET_FILE_H

#include <limits.h>
#include <stddef.h>
#include <sys/types.h>

struct socket_file {
	int dir; /* the directory; O_PATH */
	char name[NAME_MAX + 1];
};

/*
 * Splits "path" with "suffix" appended and opens the directory. 0; -EINVAL: no file name; -errno.
 */
int socket_file_open(struct socket_file *file, const char *path, const char *suffix);
void socket_file_close(struct socket_file *file);

/*
 * A non-blocking close-on-exec socket of that type that listens there; see listen_at(). uid or gid
 * -1: not changed.
 */
int socket_file_listen(const struct socket_file *file, int type, mode_t mode, uid_t uid, gid_t gid);

/* A socket that listens already, by another name in the same directory. */
struct socket_beside {
	char name[NAME_MAX + 1];
	dev_t dev;
	ino_t ino;
};

/*
 * The same in two steps: the first does everything that can be done while somebody else still
 * listens there. It returns the socket; of the second a failure removes the file, and the socket
 * stays the caller's.
 */
int socket_file_prepare(const struct socket_file *file, struct socket_beside *beside, int type,
			mode_t mode, uid_t uid, gid_t gid);
int socket_file_move_in(const struct socket_file *file, const struct socket_beside *beside,
			int type);
/* Instead of the second step. */
void socket_file_drop(const struct socket_file *file, const struct socket_beside *beside);

/*
 * A blocking close-on-exec socket connected to who listens there. -ENOENT, -ECONNREFUSED: nobody;
 * -ELOOP: a symlink; -EEXIST: no socket; -EPROTOTYPE: of another type; -errno.
 */
int socket_file_connect(const struct socket_file *file, int type);

/* Removes the file if it is the socket that fd, from socket_file_listen(), listens on. */
void socket_file_remove(const struct socket_file *file, int fd);

#endif
