/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A holder that may have no more descriptors refuses a put, keeps what it has, and can still be
 * taken over.
 */
#include "support.h"

#include <signal.h>
#include <sys/resource.h>

#include "serve/holder.h"

#define ROOM 10

static int put_number(struct hold *hold, int i)
{
	char name[HOLD_NAME_MAX];

	snprintf(name, sizeof(name), "vm-%d.uffd", i);
	return put_named(hold, name);
}

static void fill(const struct place *p, int ready)
{
	const struct rlimit few = {HOLDER_RESERVE + ROOM, HOLDER_RESERVE + ROOM};
	struct hold *hold;

	if (setrlimit(RLIMIT_NOFILE, &few) < 0 || hold_open(&hold, p->socket) < 0)
		_exit(1);
	for (int i = 0; i < ROOM; i++)
		if (put_number(hold, i) < 0)
			_exit(2);
	say(ready, put_number(hold, ROOM));
	say(ready, hold_remove(hold, "vm-0.uffd"));
	say(ready, put_number(hold, ROOM));
	say(ready, hold_pid(hold));
	sleep_for_good();
}

/* Less than the holder itself needs: it does not start, and leaves nothing behind. */
static void start_without_room(const struct place *p, int ready)
{
	const struct rlimit few = {HOLDER_RESERVE, HOLDER_RESERVE};
	struct hold *hold;

	if (setrlimit(RLIMIT_NOFILE, &few) < 0)
		_exit(1);
	say(ready, hold_open(&hold, p->socket));
	sleep_for_good();
}

static void holder_without_room_refuses_puts(void)
{
	struct place p;
	struct server server;
	struct hold *hold;
	pid_t holder;

	place_make(&p);
	server_start(&server, start_without_room, &p);
	ck_assert_int_eq(server_says(&server), -EMFILE);
	server_kill(&server);
	ck_assert_int_eq(files_in(p.dir), 0);

	server_start(&server, fill, &p);
	ck_assert_int_eq(server_says(&server), -EMFILE);
	ck_assert_int_eq(server_says(&server), 0);
	ck_assert_int_eq(server_says(&server), 0);
	holder = server_says(&server);
	server_kill(&server);
	ck_assert_int_eq(hold_takeover(&hold, p.socket), 0);
	ck_assert_uint_eq(drop_entries(hold), ROOM);
	for (int i = 1; i <= ROOM; i++) {
		char name[HOLD_NAME_MAX];

		snprintf(name, sizeof(name), "vm-%d.uffd", i);
		ck_assert_int_eq(hold_remove(hold, name), 0);
	}
	hold_close(hold);
	await_end(holder);
	place_free(&p);
}

TEST_MAIN(holder_without_room_refuses_puts)
