/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A socket can be made while somebody listens at its path, who does not notice; it gets there when
 * that has ended. What never can be replaced is refused at once.
 */
#include "support.h"

#include <sys/socket.h>
#include <sys/stat.h>

#include "serve/listen.h"

static char reason[LISTEN_REASON];

static int prepare(struct listen_beside *l, const struct place *p)
{
	return listen_prepare(l, p->socket, 0600, (uid_t)-1, (gid_t)-1, reason);
}

/* Whether a client of the path is the one that fd gets. */
static bool reaches(const struct place *p, int fd)
{
	int client = client_connect(p);
	int accepted = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

	close(client);
	if (accepted < 0)
		return false;
	close(accepted);
	return true;
}

static void moves_in_when_it_can(const struct place *p)
{
	struct listen_beside l;
	int old = listen_there(p);

	ck_assert_int_eq(prepare(&l, p), 0);
	ck_assert_int_eq(files_in(p->dir), 2);
	ck_assert(reaches(p, old));
	listen_unlink(p->socket, old);
	close(old);
	ck_assert_int_eq(listen_move_in(&l, reason), 0);
	ck_assert_int_eq(files_in(p->dir), 1);
	ck_assert(reaches(p, l.fd));
	listen_unlink(p->socket, l.fd);
	close(l.fd);
	ck_assert_int_eq(files_in(p->dir), 0);
}

static void leaves_who_stays(const struct place *p)
{
	struct listen_beside l;
	int old = listen_there(p);

	ck_assert_int_eq(prepare(&l, p), 0);
	ck_assert_int_eq(listen_move_in(&l, reason), -EADDRINUSE);
	ck_assert_str_eq(reason, "somebody listens there");
	close(l.fd);
	ck_assert_int_eq(files_in(p->dir), 1);

	ck_assert_int_eq(prepare(&l, p), 0);
	listen_drop(&l);
	close(l.fd);
	ck_assert_int_eq(files_in(p->dir), 1);
	ck_assert(reaches(p, old));
	listen_unlink(p->socket, old);
	close(old);
}

static void refuses_what_is_no_socket(const struct place *p)
{
	struct listen_beside l;

	ck_assert_int_eq(mkdir(p->socket, 0700), 0);
	ck_assert_int_eq(prepare(&l, p), -EEXIST);
	ck_assert_int_eq(rmdir(p->socket), 0);
	ck_assert_int_eq(symlink("nowhere", p->socket), 0);
	ck_assert_int_eq(prepare(&l, p), -ELOOP);
	ck_assert_int_eq(unlink(p->socket), 0);
}

static void prepared_socket_waits_beside_its_path(void)
{
	struct place p;
	int before;

	place_make(&p);
	before = descriptors_of(getpid());
	moves_in_when_it_can(&p);
	leaves_who_stays(&p);
	refuses_what_is_no_socket(&p);
	await_descriptors(getpid(), before);
	place_free(&p);
}

TEST_MAIN(prepared_socket_waits_beside_its_path)
