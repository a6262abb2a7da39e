/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * What is at the path already: a socket that nobody listens on any more is replaced, everything
 * else is refused in words and stays as it is.
 */
#include "support.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "serve/listen.h"

static int try_listen(const struct place *p, char reason[LISTEN_REASON])
{
	memset(reason, 0, LISTEN_REASON);
	return listen_at(p->socket, 0600, (uid_t)-1, (gid_t)-1, reason);
}

static void refused(const struct place *p, int error, const char *words)
{
	char reason[LISTEN_REASON];
	struct stat before, after;

	ck_assert_int_eq(lstat(p->socket, &before), 0);
	ck_assert_int_eq(try_listen(p, reason), error);
	ck_assert_msg(strstr(reason, words) && !strchr(reason, '\n'), "\"%s\"", reason);
	ck_assert_int_eq(lstat(p->socket, &after), 0);
	ck_assert_uint_eq(before.st_ino, after.st_ino);
	ck_assert_uint_eq(before.st_mode, after.st_mode);
	ck_assert_int_eq(files_in(p->dir), 1);
}

/* A socket made as other programs make theirs. */
static int bound(const struct place *p, int type, int backlog)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", p->socket);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	if (backlog >= 0)
		ck_assert_int_eq(listen(fd, backlog), 0);
	return fd;
}

static int connected(const struct place *p)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", p->socket);
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
		return fd;
	close(fd);
	return -1;
}

static void somebody_listens(const struct place *p)
{
	int fd = bound(p, SOCK_STREAM, 0);
	int waiting[2] = {-1, -1};

	refused(p, -EADDRINUSE, "listens");
	/* Also when so many wait that no more can. */
	for (int i = 0; i < 2; i++)
		waiting[i] = connected(p);
	ck_assert_int_lt(waiting[1], 0);
	refused(p, -EADDRINUSE, "listens");
	if (waiting[0] >= 0)
		close(waiting[0]);
	close(fd);
	ck_assert_int_eq(unlink(p->socket), 0);

	fd = bound(p, SOCK_DGRAM, -1);
	refused(p, -EADDRINUSE, "listens");
	close(fd);
	ck_assert_int_eq(unlink(p->socket), 0);
}

static void dead_is_replaced(const struct place *p)
{
	char reason[LISTEN_REASON];
	int fd, client;

	close(bound(p, SOCK_STREAM, 5));
	ck_assert_int_lt(connected(p), 0);
	fd = try_listen(p, reason);
	ck_assert_msg(fd >= 0, "%s", reason);
	ck_assert_int_eq(files_in(p->dir), 1);
	ck_assert_int_eq(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ck_assert_int_eq(fcntl(fd, F_GETFL) & O_NONBLOCK, O_NONBLOCK);
	client = connected(p);
	ck_assert_int_ge(client, 0);
	close(client);
	client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	ck_assert_int_ge(client, 0);
	close(client);
	/* By now it is somebody's. */
	refused(p, -EADDRINUSE, "listens");
	/* The refused one has looked by connecting. */
	listen_unlink(p->socket, fd);
	ck_assert_int_eq(files_in(p->dir), 0);
	close(fd);
}

static void listen_replaces_only_a_dead_socket(void)
{
	struct place p;
	int fd;

	place_make(&p);
	ck_assert_int_eq(symlink("nowhere", p.socket), 0);
	refused(&p, -ELOOP, "symbolic link");
	ck_assert_int_eq(unlink(p.socket), 0);
	fd = open(p.socket, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	close(fd);
	refused(&p, -EEXIST, "no socket");
	ck_assert_int_eq(unlink(p.socket), 0);
	ck_assert_int_eq(mkdir(p.socket, 0700), 0);
	refused(&p, -EEXIST, "no socket");
	ck_assert_int_eq(rmdir(p.socket), 0);
	somebody_listens(&p);
	dead_is_replaced(&p);
	place_free(&p);
}

TEST_MAIN(listen_replaces_only_a_dead_socket)
