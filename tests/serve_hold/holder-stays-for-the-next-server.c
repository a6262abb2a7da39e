/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A server without a VM is killed: the next one finds its socket, and who has connected meanwhile. */
#include "support.h"

#include <signal.h>

static void holder_stays_for_the_next_server(void)
{
	struct place p;
	struct server server;
	struct hold *hold;
	pid_t holder;
	int client, fd, listening;

	place_make(&p);
	server_start(&server, listen_and_hold, &p);
	holder = server_says(&server);
	server_kill(&server);
	client = client_connect(&p);
	ck_assert_int_eq(hold_open(&hold, p.socket), -EADDRINUSE);
	ck_assert_int_eq(hold_takeover(&hold, p.socket), 0);
	ck_assert_int_eq(hold_pid(hold), holder);
	listening = entry_of(hold, HOLD_LISTEN)->fd;
	fd = hold_accept(hold, "vm-1", listening);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(hold_remove(hold, "vm-1.conn"), 0);
	ck_assert_int_eq(hold_remove(hold, "vm-1.pidfd"), 0);
	close(fd);
	close(client);
	ck_assert_uint_eq(drop_entries(hold), 1);
	/* It leaves, and nobody is waited for. */
	hold_close(hold);
	ck_assert(!exists(p.hold) && !exists(p.socket));
	await_end(holder);
	place_free(&p);
}

TEST_MAIN(holder_stays_for_the_next_server)
