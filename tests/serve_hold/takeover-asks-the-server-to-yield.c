/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A server that yields is not killed, and what it held is the newcomer's, who can be asked too. */
#include "support.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>

static void serve_until_asked(const struct place *p, int ready)
{
	struct pollfd asked = {.events = POLLIN};
	struct hold *hold;
	bool early;

	if (hold_open(&hold, p->socket) < 0)
		_exit(1);
	if (put_named(hold, "vm-1.uffd") < 0 || put_named(hold, "vm-1.record") < 0 ||
	    put_named(hold, "vm-2.uffd") < 0 || hold_remove(hold, "vm-2.uffd") < 0)
		_exit(2);
	early = hold_must_yield(hold);
	say(ready, hold_pid(hold));
	asked.fd = hold_fd(hold);
	if (early || poll(&asked, 1, 10000) != 1 || !hold_must_yield(hold))
		_exit(3);
	/* Once asked, always asked. */
	if (!hold_must_yield(hold))
		_exit(4);
	hold_close(hold);
	_exit(42);
}

static void second_is_asked_too(const struct place *p, struct hold *first)
{
	struct pollfd asked = {.fd = hold_fd(first), .events = POLLIN};
	int visitor;

	ck_assert(!hold_must_yield(first));
	ck_assert_int_eq(poll(&asked, 1, 0), 0);
	visitor = visitor_connect(p);
	visitor_send(visitor, HOLD_TAKE, NULL, NULL, 0);
	ck_assert_int_eq(poll(&asked, 1, 10000), 1);
	ck_assert(hold_must_yield(first));
	close(visitor);
}

static void takeover_asks_the_server_to_yield(void)
{
	struct place p;
	struct server server;
	struct hold *hold;
	pid_t holder;
	int status;

	place_make(&p);
	server_start(&server, serve_until_asked, &p);
	holder = server_says(&server);
	ck_assert_int_eq(hold_takeover(&hold, p.socket), 0);
	status = await_end(server.pid);
	ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 42, "status 0x%x", status);
	close(server.ready);

	ck_assert_int_eq(hold_pid(hold), holder);
	ck_assert(is_named(entry_of(hold, "vm-1.uffd")->fd, "vm-1.uffd"));
	ck_assert(is_named(entry_of(hold, "vm-1.record")->fd, "vm-1.record"));
	ck_assert_uint_eq(drop_entries(hold), 2);
	ck_assert_int_eq(put_named(hold, "vm-1.uffd"), -EEXIST);
	ck_assert_int_eq(put_named(hold, "vm-3.uffd"), 0);
	second_is_asked_too(&p, hold);
	ck_assert_int_eq(hold_remove(hold, "vm-3.uffd"), 0);
	ck_assert_int_eq(hold_remove(hold, "vm-1.record"), 0);
	ck_assert_int_eq(hold_remove(hold, "vm-1.uffd"), 0);
	ck_assert_int_eq(hold_remove(hold, "vm-1.uffd"), -ENOENT);
	hold_close(hold);
	await_end(holder);
	place_free(&p);
}

TEST_MAIN(takeover_asks_the_server_to_yield)
