/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A client is accepted by the holder: it is kept when its server gets it, with its process and with
 * what it has sent, so that the next server has all of it.
 */
#include "support.h"

#include <signal.h>
#include <sys/socket.h>

static const char text[] = "handshake";

static void accept_and_sleep(const struct place *p, int ready)
{
	struct hold *hold;
	int fd = listen_there(p);

	if (fd < 0 || hold_open(&hold, p->socket) < 0 || hold_put(hold, HOLD_LISTEN, fd) < 0)
		_exit(1);
	say(ready, 0);
	while (hold_accept(hold, "vm-7", fd) == -EAGAIN)
		;
	say(ready, hold_pid(hold));
	sleep_for_good();
}

static void killed_server(const struct place *p)
{
	struct server server;
	struct hold *hold;
	char came[sizeof(text)];
	pid_t holder;
	int client;

	server_start(&server, accept_and_sleep, p);
	server_says(&server);
	client = client_connect(p);
	ck_assert_int_eq(send(client, text, sizeof(text), 0), sizeof(text));
	holder = server_says(&server);
	server_kill(&server);
	ck_assert_int_eq(hold_takeover(&hold, p->socket), 0);
	ck_assert_ptr_nonnull(entry_of(hold, "vm-7.pidfd"));
	ck_assert_int_eq(recv(entry_of(hold, "vm-7.conn")->fd, came, sizeof(came), 0),
			 sizeof(came));
	ck_assert_str_eq(came, text);
	ck_assert_uint_eq(drop_entries(hold), 3);
	close(client);
	ck_assert_int_eq(hold_remove(hold, "vm-7.conn"), 0);
	ck_assert_int_eq(hold_remove(hold, "vm-7.pidfd"), 0);
	hold_close(hold);
	await_end(holder);
}

static void client_that_has_ended(const struct place *p, struct hold *hold, int listening)
{
	pid_t pid = fork();
	int fd;

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(client_connect(p) < 0);
	ck_assert_int_eq(await_end(pid), 0);
	/*
	 * Where the kernel gives a pidfd of a process that has ended it is kept for the server to
	 * read what it has sent: the memory may be another process's.
	 */
	fd = hold_accept(hold, "vm-2", listening);
	ck_assert(fd >= 0 || fd == -ESRCH);
	if (fd >= 0)
		close(fd);
	ck_assert_int_eq(hold_remove(hold, "vm-2.conn"), fd >= 0 ? 0 : -ENOENT);
	ck_assert_int_eq(hold_remove(hold, "vm-2.pidfd"), fd >= 0 ? 0 : -ENOENT);
	ck_assert_int_eq(hold_find(p->socket, "vm-2.", (char[HOLD_NAME_MAX]){0}), -ENOENT);
}

static void errors(const struct place *p)
{
	int listening = listen_there(p), client, fd;
	struct hold *hold;

	ck_assert_int_eq(hold_open(&hold, p->socket), 0);
	ck_assert_int_eq(hold_accept(hold, "vm-1", listening), -ENOENT);
	ck_assert_int_eq(hold_put(hold, HOLD_LISTEN, listening), 0);
	ck_assert_int_eq(hold_accept(hold, "vm-1", listening), -EAGAIN);
	client = client_connect(p);
	ck_assert_int_eq(hold_accept(hold, "client-1", listening), -EINVAL);
	ck_assert_int_eq(hold_accept(hold, "vm-:", listening), -EINVAL);
	ck_assert_int_eq(hold_accept(hold, "vm-1234567890123456789012345", listening), -EINVAL);
	fd = hold_accept(hold, "vm-1", listening);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(hold_accept(hold, "vm-1", listening), -EEXIST);
	ck_assert_int_eq(put_named(hold, "vm-1.conn"), -EEXIST);
	client_that_has_ended(p, hold, listening);
	ck_assert_int_eq(hold_remove(hold, "vm-1.conn"), 0);
	ck_assert_int_eq(hold_remove(hold, "vm-1.pidfd"), 0);
	close(fd);
	close(client);
	close(listening);
	hold_close(hold);
}

static void client_is_held_before_its_server_has_it(void)
{
	struct place p;
	int before = descriptors_of(getpid());

	place_make(&p);
	errors(&p);
	killed_server(&p);
	await_descriptors(getpid(), before);
	place_free(&p);
}

TEST_MAIN(client_is_held_before_its_server_has_it)
