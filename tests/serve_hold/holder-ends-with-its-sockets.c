/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A server that leaves with no VM held: the holder ends and removes its socket and the server's,
 * and hold_close() waits for that. Killed: the same, when nobody has come to take over. Somebody
 * else's socket stays.
 */
#include "support.h"

#include <signal.h>

static void closed(const struct place *p, bool ours)
{
	struct hold *hold;
	int fd = listen_there(p), other = -1;
	pid_t holder;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(hold_open(&hold, p->socket), 0);
	holder = hold_pid(hold);
	ck_assert_int_eq(hold_put(hold, HOLD_LISTEN, fd), 0);
	close(fd);
	if (!ours) {
		ck_assert_int_eq(unlink(p->socket), 0);
		other = listen_there(p);
		ck_assert_int_ge(other, 0);
	}
	hold_close(hold);
	ck_assert(!exists(p->hold));
	ck_assert_int_eq(exists(p->socket), !ours);
	/* It has been waited for, too. */
	ck_assert_int_eq(kill(holder, 0), -1);
	ck_assert_int_eq(errno, ESRCH);
	if (!ours) {
		close(other);
		ck_assert_int_eq(unlink(p->socket), 0);
	}
}

static void holder_ends_with_its_sockets(void)
{
	struct place p;
	struct server server;
	pid_t holder;

	place_make(&p);
	closed(&p, true);
	closed(&p, false);

	server_start(&server, listen_and_hold, &p);
	holder = server_says(&server);
	ck_assert(exists(p.socket) && exists(p.hold));
	server_kill(&server);
	await_end(holder);
	ck_assert_int_eq(files_in(p.dir), 0);
	place_free(&p);
}

TEST_MAIN(holder_ends_with_its_sockets)
