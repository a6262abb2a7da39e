/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The server has been killed, but its connection is still somebody's: nobody knows whether it
 * serves. The takeover fails, and succeeds when the connection is closed.
 */
#include "support.h"

#include <signal.h>

static void leave_a_child(const struct place *p, int ready)
{
	struct hold *hold;
	pid_t child;

	if (hold_open(&hold, p->socket) < 0 || put_named(hold, "vm-1.uffd") < 0)
		_exit(1);
	say(ready, hold_pid(hold));
	child = fork();
	if (child == 0)
		sleep_for_good();
	say(ready, child);
	sleep_for_good();
}

static void takeover_times_out_while_the_connection_stays(void)
{
	struct place p;
	struct server server;
	struct hold *hold;
	pid_t holder, child;

	place_make(&p);
	server_start(&server, leave_a_child, &p);
	holder = server_says(&server);
	child = server_says(&server);
	ck_assert_int_eq(hold_takeover(&hold, p.socket), -ETIMEDOUT);
	await_end(server.pid);
	close(server.ready);
	ck_assert(exists(p.hold));
	kill(child, SIGKILL);
	await_end(child);
	ck_assert_int_eq(hold_takeover(&hold, p.socket), 0);
	ck_assert_uint_eq(drop_entries(hold), 1);
	ck_assert_int_eq(hold_remove(hold, "vm-1.uffd"), 0);
	hold_close(hold);
	await_end(holder);
	place_free(&p);
}

TEST_MAIN(takeover_times_out_while_the_connection_stays)
