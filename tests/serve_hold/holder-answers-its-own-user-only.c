/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Another user is sent away, even where the mode of the file was changed so that it may connect. */
#include "support.h"

#include <grp.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <uffd/fdpass.h>

#include "process.h"

#include "serve/socket_file.h"

static int connect_and_ask(void *arg)
{
	const struct place *p = arg;
	struct hold_message message = {.version = HOLD_VERSION, .word = HOLD_TAKE};
	struct socket_file file;
	uint32_t count = 0;
	int fd;

	if (socket_file_open(&file, p->hold, "") < 0)
		return 1;
	fd = socket_file_connect(&file, SOCK_SEQPACKET);
	if (fd == -EACCES)
		return 2;
	if (fd < 0)
		return 3;
	uffd_fdpass_send(fd, &message, sizeof(message), NULL, 0);
	/* Closed without a word. */
	switch (uffd_fdpass_receive(fd, &message, sizeof(message), NULL, &count)) {
	case 0:
	case -ECONNRESET:
		return 4;
	default:
		return 5;
	}
}

static int take_over(void *arg)
{
	const struct place *p = arg;
	struct hold *hold;

	return -hold_takeover(&hold, p->socket);
}

static void hold_as_another_user(const struct place *p, int ready)
{
	struct hold *hold;

	if (setgroups(0, NULL) || setresgid(65534, 65534, 65534) || setresuid(65534, 65534, 65534))
		_exit(1);
	if (hold_open(&hold, p->socket) < 0 || put_named(hold, "vm-1.uffd") < 0 ||
	    hold_remove(hold, "vm-1.uffd") < 0)
		_exit(2);
	say(ready, hold_pid(hold));
	sleep_for_good();
}

/* What a stranger's holder would hand over is not trusted either. */
static void stranger_is_not_trusted(const struct place *p)
{
	struct server server;
	struct hold *hold;
	pid_t holder;

	ck_assert_int_eq(chmod(p->dir, 0777), 0);
	server_start(&server, hold_as_another_user, p);
	holder = server_says(&server);
	ck_assert_int_eq(hold_takeover(&hold, p->socket), -EPERM);
	server_kill(&server);
	await_end(holder);
}

static void holder_answers_its_own_user_only(void)
{
	struct place p;
	struct hold *hold;
	int descriptors;
	pid_t holder;

	if (geteuid() != 0)
		test_skip("another user is needed, and root to become it");
	place_make(&p);
	ck_assert_int_eq(chmod(p.dir, 0755), 0);
	ck_assert_int_eq(hold_open(&hold, p.socket), 0);
	holder = hold_pid(hold);
	descriptors = descriptors_of(holder);
	ck_assert_int_eq(run_unprivileged(connect_and_ask, &p), 2);
	ck_assert_int_eq(run_unprivileged(take_over, &p), EACCES);
	ck_assert_int_eq(chmod(p.hold, 0666), 0);
	ck_assert_int_eq(run_unprivileged(connect_and_ask, &p), 4);
	await_descriptors(holder, descriptors);
	ck_assert(!hold_must_yield(hold));
	ck_assert_int_eq(put_named(hold, "a"), 0);
	hold_close(hold);
	stranger_is_not_trusted(&p);
	place_free(&p);
}

TEST_MAIN(holder_answers_its_own_user_only)
