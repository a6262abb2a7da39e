/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See socket_file.h. */
#include "serve/socket_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "serve/socket_lock.h"

/* How often somebody else may change the file between a look at it and the rename. */
#define TRIES 100

#define PROC_FD "/proc/self/fd/"

int socket_file_open(struct socket_file *file, const char *path, const char *suffix)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	char dir[PATH_MAX] = ".";

	if (!*name || !strcmp(name, ".") || !strcmp(name, ".."))
		return -EINVAL;
	if (strlen(name) + strlen(suffix) > NAME_MAX || (size_t)(name - path) >= sizeof(dir))
		return -ENAMETOOLONG;
	memcpy(file->name, name, strlen(name) + 1);
	strcat(file->name, suffix);
	if (slash)
		snprintf(dir, sizeof(dir), "%.*s", (int)(name - path), path);
	file->dir = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return file->dir < 0 ? -errno : 0;
}

void socket_file_close(struct socket_file *file)
{
	close(file->dir);
	file->dir = -1;
}

/* The file itself, whatever it is. */
static int open_file(const struct socket_file *file, const char *name, struct stat *st)
{
	int fd = openat(file->dir, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	if (fstat(fd, st) == 0)
		return fd;
	close(fd);
	return -EIO;
}

static int is_socket(const struct stat *st)
{
	if (S_ISLNK(st->st_mode))
		return -ELOOP;
	return S_ISSOCK(st->st_mode) ? 0 : -EEXIST;
}

/* Connects to exactly the file that was opened with O_PATH. */
static int connect_to(int opened, int type)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
	int ret;

	if (fd < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), PROC_FD "%d", opened);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	ret = -errno;
	close(fd);
	return ret;
}

int socket_file_connect(const struct socket_file *file, int type)
{
	struct stat st;
	int opened = open_file(file, file->name, &st);
	int ret;

	if (opened < 0)
		return opened;
	ret = is_socket(&st);
	if (ret == 0)
		ret = connect_to(opened, type);
	close(opened);
	return ret;
}

/* Another name in the same directory, by which the socket's own can be told, and which is short. */
static int other_name(const struct socket_file *file, char name[NAME_MAX + 1])
{
	uint64_t number;

	if (getrandom(&number, sizeof(number), 0) != sizeof(number))
		return -EIO;
	snprintf(name, NAME_MAX + 1, ".%.40s.%016llx", file->name, (unsigned long long)number);
	return 0;
}

static bool same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* Whether a name is (still) the file that somebody has open: then its number is not used again. */
static bool is_file(const struct socket_file *file, const char *name, const struct stat *st)
{
	struct stat now;

	return fstatat(file->dir, name, &now, AT_SYMLINK_NOFOLLOW) == 0 && same(&now, st);
}

/* By a descriptor of the file: a name could lead elsewhere meanwhile. */
static int dress(const struct socket_file *file, const char *name, mode_t mode, uid_t uid,
		 gid_t gid, struct stat *st)
{
	char path[sizeof(PROC_FD) + 16];
	int fd = open_file(file, name, st);
	int ret = 0;

	if (fd < 0)
		return fd;
	snprintf(path, sizeof(path), PROC_FD "%d", fd);
	if (!S_ISSOCK(st->st_mode) || st->st_uid != geteuid())
		ret = -EEXIST;
	else if ((uid != (uid_t)-1 || gid != (gid_t)-1) &&
		 fchownat(fd, "", uid, gid, AT_EMPTY_PATH) < 0)
		ret = -errno;
	else if (chmod(path, mode) < 0)
		ret = -errno;
	close(fd);
	return ret;
}

/*
 * Puts the socket in the place of one that nobody listens on. The two are exchanged: should another
 * program have put something there by now, it is put back.
 */
static int replace(const struct socket_file *file, const char *name, const struct stat *stale)
{
	if (renameat2(file->dir, name, file->dir, file->name, RENAME_EXCHANGE) < 0)
		return errno == ENOENT ? -EAGAIN : -errno;
	if (is_file(file, name, stale))
		return unlinkat(file->dir, name, 0) < 0 ? -errno : 0;
	if (renameat2(file->dir, name, file->dir, file->name, RENAME_EXCHANGE) == 0)
		return -EAGAIN;
	/* Ours has been removed meanwhile. */
	if (renameat2(file->dir, name, file->dir, file->name, RENAME_NOREPLACE) == 0)
		return -ENOENT;
	return -errno;
}

/* -EAGAIN: what was there has changed, look again. */
static int move_in(const struct socket_file *file, const char *name, int type)
{
	struct stat st;
	int there = open_file(file, file->name, &st);
	int ret;

	if (there == -ENOENT) {
		if (renameat2(file->dir, name, file->dir, file->name, RENAME_NOREPLACE) == 0)
			return 0;
		return errno == EEXIST ? -EAGAIN : -errno;
	}
	if (there < 0)
		return there;
	ret = is_socket(&st);
	if (ret == 0)
		ret = connect_to(there, type | SOCK_NONBLOCK);
	if (ret >= 0) {
		close(ret);
		ret = -EADDRINUSE;
	} else if (ret == -ECONNREFUSED) {
		ret = replace(file, name, &st);
	} else if (ret == -EAGAIN || ret == -EPROTOTYPE) {
		/* Too many wait there already, or it is a socket of another type: somebody's. */
		ret = -EADDRINUSE;
	}
	close(there);
	return ret;
}

/*
 * Of several servers that find the same dead socket one at a time replaces it: the kernel has no
 * rename that compares.
 */
static int move_in_alone(const struct socket_file *file, const char *name, int type)
{
	char lock_name[NAME_MAX + 1];
	int ret = -EAGAIN, fd;

	snprintf(lock_name, sizeof(lock_name), ".%.40s.lock", file->name);
	fd = socket_lock(file->dir, lock_name);
	if (fd < 0)
		return fd;
	for (int i = 0; ret == -EAGAIN && i < TRIES; i++)
		ret = move_in(file, name, type);
	socket_unlock(file->dir, lock_name, fd);
	return ret == -EAGAIN ? -EBUSY : ret;
}

static bool is_own(const struct socket_file *file, const struct socket_beside *beside)
{
	const struct stat own = {.st_dev = beside->dev, .st_ino = beside->ino};

	return is_file(file, beside->name, &own);
}

void socket_file_drop(const struct socket_file *file, const struct socket_beside *beside)
{
	if (is_own(file, beside))
		unlinkat(file->dir, beside->name, 0);
}

/* It listens, and is whose it shall be. */
static int make(const struct socket_file *file, struct socket_beside *beside, int fd, mode_t mode,
		uid_t uid, gid_t gid)
{
	struct stat own;
	int ret = dress(file, beside->name, mode, uid, gid, &own);

	if (ret == 0 && listen(fd, SOMAXCONN) < 0)
		ret = -errno;
	if (ret < 0) {
		unlinkat(file->dir, beside->name, 0);
		return ret;
	}
	beside->dev = own.st_dev;
	beside->ino = own.st_ino;
	return 0;
}

/* Whether a socket could ever take the place of what is there. */
static int can_be_replaced(const struct socket_file *file)
{
	struct stat st;
	int there = open_file(file, file->name, &st);

	if (there < 0)
		return there == -ENOENT ? 0 : there;
	close(there);
	return is_socket(&st);
}

int socket_file_prepare(const struct socket_file *file, struct socket_beside *beside, int type,
			mode_t mode, uid_t uid, gid_t gid)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int ret = can_be_replaced(file);
	int fd = -1;

	if (ret == 0)
		ret = other_name(file, beside->name);
	if (ret < 0)
		return ret;
	fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	snprintf(address.sun_path, sizeof(address.sun_path), PROC_FD "%d/%.70s", file->dir,
		 beside->name);
	/* The file gets the socket's mode, less the umask, which is all threads' and stays. */
	if (fchmod(fd, 0600) < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		ret = -errno;
	if (ret == 0)
		ret = make(file, beside, fd, mode, uid, gid);
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

int socket_file_move_in(const struct socket_file *file, const struct socket_beside *beside,
			int type)
{
	int ret = move_in_alone(file, beside->name, type);

	if (ret < 0)
		socket_file_drop(file, beside);
	return ret;
}

int socket_file_listen(const struct socket_file *file, int type, mode_t mode, uid_t uid, gid_t gid)
{
	struct socket_beside beside;
	int fd = socket_file_prepare(file, &beside, type, mode, uid, gid);
	int ret = fd < 0 ? fd : socket_file_move_in(file, &beside, type);

	if (ret == 0)
		return fd;
	if (fd >= 0)
		close(fd);
	return ret;
}

/* A peer's name is what it was bound to: the other name, which is nobody else's. */
static bool listens_on(int fd, int opened)
{
	struct sockaddr_un bound = {0}, peer = {0};
	socklen_t bound_size = sizeof(bound), peer_size = sizeof(peer), size = sizeof(int);
	int type, connected;
	bool ret;

	if (getsockname(fd, (struct sockaddr *)&bound, &bound_size) < 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
		return false;
	connected = connect_to(opened, type | SOCK_NONBLOCK);
	if (connected < 0)
		return false;
	ret = getpeername(connected, (struct sockaddr *)&peer, &peer_size) == 0 &&
	      bound_size == peer_size && !memcmp(&bound, &peer, sizeof(bound)) &&
	      !strncmp(bound.sun_path, PROC_FD, strlen(PROC_FD));
	close(connected);
	return ret;
}

void socket_file_remove(const struct socket_file *file, int fd)
{
	char name[NAME_MAX + 1];
	struct stat st;
	int opened = open_file(file, file->name, &st);

	if (opened < 0)
		return;
	/* It is moved away first, and put back if it is another one by now. */
	if (is_socket(&st) == 0 && listens_on(fd, opened) && other_name(file, name) == 0 &&
	    renameat2(file->dir, file->name, file->dir, name, RENAME_NOREPLACE) == 0) {
		if (is_file(file, name, &st))
			unlinkat(file->dir, name, 0);
		else
			renameat2(file->dir, name, file->dir, file->name, RENAME_NOREPLACE);
	}
	close(opened);
}
