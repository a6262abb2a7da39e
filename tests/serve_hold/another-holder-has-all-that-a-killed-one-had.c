/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A holder that is killed is noticed, and another one gets all that it had; where there can be none
 * that is an error, and it can be tried again.
 */
#include "support.h"

#include <poll.h>
#include <signal.h>
#include <sys/stat.h>

static void await_hangup(struct hold *hold)
{
	struct pollfd channel = {.fd = hold_channel(hold), .events = POLLRDHUP};

	ck_assert_int_eq(poll(&channel, 1, 10000), 1);
}

static void without_a_place(const struct place *p, struct hold *hold)
{
	kill(hold_pid(hold), SIGKILL);
	await_hangup(hold);
	ck_assert_int_eq(unlink(p->hold), 0);
	ck_assert_int_eq(rmdir(p->dir), 0);
	ck_assert_int_eq(hold_renew(hold), -ENOENT);
	ck_assert_int_eq(put_named(hold, "vm-3.uffd"), -EPIPE);
	ck_assert_int_eq(hold_renew(hold), -ENOENT);
	ck_assert_int_eq(mkdir(p->dir, 0700), 0);
	ck_assert_int_eq(hold_renew(hold), 0);
}

static void hold_and_lose(const struct place *p, int ready)
{
	struct hold *hold;
	pid_t first;
	int fd;

	if (hold_open(&hold, p->socket) < 0 || put_named(hold, "vm-1.uffd") < 0 ||
	    put_named(hold, "vm-1.state") < 0 || put_named(hold, "gone") < 0 ||
	    hold_remove(hold, "gone") < 0)
		_exit(1);
	first = hold_pid(hold);
	fd = hold_fd(hold);
	kill(first, SIGKILL);
	if (put_named(hold, "vm-2.uffd") != -EPIPE || hold_renew(hold) < 0)
		_exit(2);
	if (hold_pid(hold) == first || hold_fd(hold) != fd || put_named(hold, "vm-2.uffd") < 0)
		_exit(3);
	say(ready, hold_pid(hold));
	sleep_for_good();
}

static void another_holder_has_all_that_a_killed_one_had(void)
{
	static const char *const names[] = {"vm-1.uffd", "vm-1.state", "vm-2.uffd"};
	struct place p;
	struct server server;
	struct hold *hold;
	int before;

	place_make(&p);
	before = descriptors_of(getpid());
	server_start(&server, hold_and_lose, &p);
	server_says(&server);
	server_kill(&server);
	ck_assert_int_eq(hold_takeover(&hold, p.socket), 0);
	/* This one is not its child. */
	kill(hold_pid(hold), SIGKILL);
	await_hangup(hold);
	ck_assert_int_eq(hold_renew(hold), 0);
	without_a_place(&p, hold);
	for (size_t i = 0; i < 3; i++) {
		ck_assert(is_named(entry_of(hold, names[i])->fd, names[i]));
		ck_assert_int_eq(hold_remove(hold, names[i]), 0);
	}
	ck_assert_uint_eq(drop_entries(hold), 3);
	hold_close(hold);
	await_descriptors(getpid(), before);
	place_free(&p);
}

TEST_MAIN(another_holder_has_all_that_a_killed_one_had)
