/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Nobody comes to take over from a server that was killed, and a client waits at its socket: the
 * holder takes it in and stays, until the client ends or another server goes on.
 */
#include "support.h"

#include <signal.h>
#include <sys/socket.h>

static void connect_and_sleep(const struct place *p, int ready)
{
	if (send(client_connect(p), "hello", 6, 0) != 6)
		_exit(1);
	say(ready, 0);
	sleep_for_good();
}

/* The holder of a server that was killed, with a client that waits. */
static pid_t make_wait(const struct place *p, struct server *client)
{
	struct server server;
	pid_t holder;
	int before;

	server_start(&server, listen_and_hold, p);
	holder = server_says(&server);
	before = descriptors_of(holder);
	server_kill(&server);
	server_start(client, connect_and_sleep, p);
	server_says(client);
	/* Its connection and its process, but no more the server's connection and process. */
	await_descriptors(holder, before - 2 + 2);
	return holder;
}

static void holder_takes_in_who_waits_for_a_killed_server(void)
{
	struct place p;
	struct server client;
	struct hold *hold;
	char came[6];
	pid_t holder;

	place_make(&p);
	holder = make_wait(&p, &client);
	server_kill(&client);
	await_end(holder);
	ck_assert_int_eq(files_in(p.dir), 0);

	holder = make_wait(&p, &client);
	while (hold_find(p.socket, "vm-", (char[HOLD_NAME_MAX]){0}) == -ENOENT)
		;
	ck_assert_int_eq(hold_takeover(&hold, p.socket), 0);
	ck_assert_ptr_nonnull(entry_of(hold, "vm-1.pidfd"));
	ck_assert_int_eq(recv(entry_of(hold, "vm-1.conn")->fd, came, sizeof(came), 0), 6);
	ck_assert_str_eq(came, "hello");
	ck_assert_uint_eq(drop_entries(hold), 3);
	hold_close(hold);
	server_kill(&client);
	await_end(holder);
	place_free(&p);
}

TEST_MAIN(holder_takes_in_who_waits_for_a_killed_server)
