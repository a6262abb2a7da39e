/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* At the end of a server its path may be somebody else's: only its own socket is removed. */
#include "support.h"

#include <sys/socket.h>
#include <sys/un.h>

#include "serve/listen.h"

static int listening(const struct place *p)
{
	char reason[LISTEN_REASON] = "";
	int fd = listen_at(p->socket, 0600, (uid_t)-1, (gid_t)-1, reason);

	ck_assert_msg(fd >= 0, "%s", reason);
	return fd;
}

static void stays(const struct place *p, int fd)
{
	listen_unlink(p->socket, fd);
	ck_assert(exists(p->socket));
	ck_assert_int_eq(files_in(p->dir), 1);
	ck_assert_int_eq(unlink(p->socket), 0);
}

static void unlink_leaves_what_is_not_ours(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct place p;
	int fd, other;

	place_make(&p);
	fd = listening(&p);
	ck_assert_int_eq(unlink(p.socket), 0);

	other = listening(&p);
	stays(&p, fd);
	close(other);

	/* One that nobody listens on is not known to be ours either. */
	close(listening(&p));
	stays(&p, fd);

	other = open(p.socket, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	stays(&p, fd);
	close(other);

	ck_assert_int_eq(symlink("nowhere", p.socket), 0);
	stays(&p, fd);

	/* Nothing there, or no such place: nothing to do. */
	listen_unlink(p.socket, fd);
	listen_unlink("/nowhere/at/all", fd);
	listen_unlink("", fd);
	close(fd);

	/* Bound by somebody else and passed on, as by systemd. */
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", p.socket);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(fd, 5), 0);
	stays(&p, fd);
	close(fd);
	place_free(&p);
}

TEST_MAIN(unlink_leaves_what_is_not_ours)
