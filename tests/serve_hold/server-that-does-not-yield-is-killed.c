/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A server that is stopped cannot yield: it is killed, and the newcomer has everything. */
#include "support.h"

#include <signal.h>
#include <sys/wait.h>

static void be_stopped(const struct place *p, int ready)
{
	struct hold *hold;

	if (hold_open(&hold, p->socket) < 0 || put_named(hold, "vm-1.uffd") < 0)
		_exit(1);
	say(ready, hold_pid(hold));
	raise(SIGSTOP);
	_exit(1);
}

static void server_that_does_not_yield_is_killed(void)
{
	struct place p;
	struct server server;
	struct hold *hold;
	uint64_t began;
	pid_t holder;
	int status;

	place_make(&p);
	server_start(&server, be_stopped, &p);
	holder = server_says(&server);
	began = test_now();
	ck_assert_int_eq(hold_takeover(&hold, p.socket), 0);
	ck_assert_uint_ge(test_now() - began, HOLD_PATIENCE_MS * UINT64_C(1000000));
	status = await_end(server.pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	close(server.ready);
	ck_assert_uint_eq(drop_entries(hold), 1);
	ck_assert_int_eq(hold_remove(hold, "vm-1.uffd"), 0);
	hold_close(hold);
	await_end(holder);
	place_free(&p);
}

TEST_MAIN(server_that_does_not_yield_is_killed)
