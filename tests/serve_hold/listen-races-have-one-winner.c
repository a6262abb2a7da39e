/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Several servers start at once where a dead socket is: one of them listens, the others are told
 * that somebody does, and whoever connects reaches the one.
 */
#include "support.h"

#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "serve/listen.h"
#include "serve/socket_file.h"

#define ROUNDS  60
#define SERVERS 4

struct start {
	_Atomic int here;
	_Atomic int tried;
	_Atomic int over;
	_Atomic pid_t winner;
	_Atomic int unexpected;
};

static void compete(const struct place *p, struct start *s)
{
	char reason[LISTEN_REASON];
	int fd;

	atomic_fetch_add(&s->here, 1);
	while (atomic_load(&s->here) < SERVERS)
		sched_yield();
	fd = listen_at(p->socket, 0600, (uid_t)-1, (gid_t)-1, reason);
	if (fd >= 0 && atomic_exchange(&s->winner, getpid()) != 0)
		atomic_store(&s->unexpected, 1);
	if (fd < 0 && fd != -EADDRINUSE)
		atomic_store(&s->unexpected, fd);
	atomic_fetch_add(&s->tried, 1);
	while (!atomic_load(&s->over))
		sched_yield();
	/* The file stays, for the next round: nobody listens on it then. */
	_exit(0);
}

static void round_of(const struct place *p, struct start *s)
{
	struct socket_file file;
	struct ucred peer;
	socklen_t size = sizeof(peer);
	pid_t servers[SERVERS];
	int fd;

	memset(s, 0, sizeof(*s));
	for (int i = 0; i < SERVERS; i++) {
		servers[i] = fork();
		ck_assert_int_ge(servers[i], 0);
		if (servers[i] == 0)
			compete(p, s);
	}
	while (atomic_load(&s->tried) < SERVERS)
		sched_yield();
	ck_assert_int_eq(atomic_load(&s->unexpected), 0);
	ck_assert_int_gt(atomic_load(&s->winner), 0);
	ck_assert_int_eq(files_in(p->dir), 1);
	ck_assert_int_eq(socket_file_open(&file, p->socket, ""), 0);
	fd = socket_file_connect(&file, SOCK_STREAM);
	socket_file_close(&file);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size), 0);
	ck_assert_int_eq(peer.pid, atomic_load(&s->winner));
	close(fd);
	atomic_store(&s->over, 1);
	for (int i = 0; i < SERVERS; i++)
		await_end(servers[i]);
}

static void listen_races_have_one_winner(void)
{
	struct start *s =
		mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct place p;

	ck_assert_ptr_ne(s, MAP_FAILED);
	place_make(&p);
	for (int i = 0; i < ROUNDS; i++)
		round_of(&p, s);
	ck_assert_int_eq(unlink(p.socket), 0);
	munmap(s, sizeof(*s));
	place_free(&p);
}

TEST_MAIN(listen_races_have_one_winner)
