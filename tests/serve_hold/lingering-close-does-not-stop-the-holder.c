/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A client sends a TCP socket whose close waits for an hour. When the holder lets go of the
 * connection in which that is under way, by itself or because its server does, it answers as
 * before, the socket is closed, and no child of the holder is left.
 */
#include "support.h"

#include <signal.h>
#include <sys/syscall.h>

#include <uffd/fdpass.h>

#include "lingering.h"

/* It is under way in the connection from now on, and nowhere else. */
static void lingering_send(const struct lingering *l, int connection)
{
	ck_assert_int_eq(uffd_fdpass_send(connection, "[", 1, &l->socket, 1), 0);
	close(l->socket);
}

/* All that was sent comes, and then the end: nobody has the socket. */
static void lingering_expect_closed(const struct lingering *l)
{
	const struct timeval patience = {.tv_sec = 10};
	char bytes[65536];
	size_t came = 0;
	ssize_t n;

	setsockopt(l->other, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	while ((n = recv(l->other, bytes, sizeof(bytes), 0)) > 0)
		came += (size_t)n;
	ck_assert_msg(n == 0, "it is still open: %s", strerror(errno));
	ck_assert_uint_eq(came, l->sent);
	close(l->other);
}

static void expect_no_children(pid_t pid)
{
	uint64_t give_up = test_now() + UINT64_C(10000000000);
	char path[64], line[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", pid, pid);
	do {
		file = fopen(path, "re");
		if (!file)
			test_skip("children are not to be seen");
		ck_assert_msg(test_now() < give_up, "a child of the holder is left");
		line[0] = '\0';
		if (!fgets(line, sizeof(line), file))
			line[0] = '\0';
		fclose(file);
	} while (line[0]);
}

static void server_lets_go(const struct place *p)
{
	struct lingering l;
	struct hold *hold;
	int ends[2];

	ck_assert_int_eq(hold_open(&hold, p->socket), 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	ck_assert_int_eq(hold_put(hold, "vm-1.conn", ends[0]), 0);
	close(ends[0]);
	lingering_make(&l);
	lingering_send(&l, ends[1]);
	ck_assert_int_eq(hold_remove(hold, "vm-1.conn"), 0);
	ck_assert_int_eq(put_named(hold, "other"), 0);
	ck_assert_int_eq(hold_remove(hold, "other"), 0);
	lingering_expect_closed(&l);
	expect_no_children(hold_pid(hold));
	close(ends[1]);
	hold_close(hold);
}

/* Of the server that is killed. */
static int connection, vm;

static void put_and_sleep(const struct place *p, int ready)
{
	struct hold *hold;

	if (hold_open(&hold, p->socket) < 0 || hold_put(hold, "vm-1.conn", connection) < 0 ||
	    hold_put(hold, "vm-1.pidfd", vm) < 0 || put_named(hold, "vm-2.uffd") < 0)
		_exit(1);
	say(ready, hold_pid(hold));
	sleep_for_good();
}

static void vm_ends_without_a_server(const struct place *p)
{
	uint64_t give_up = test_now() + UINT64_C(10000000000);
	struct lingering l;
	struct server server;
	struct hold *hold;
	int ends[2];
	pid_t holder, process = fork();

	ck_assert_int_ge(process, 0);
	if (process == 0)
		sleep_for_good();
	vm = (int)syscall(SYS_pidfd_open, process, 0);
	ck_assert_int_ge(vm, 0);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
	connection = ends[0];
	server_start(&server, put_and_sleep, p);
	holder = server_says(&server);
	close(connection);
	close(vm);
	lingering_make(&l);
	lingering_send(&l, ends[1]);
	server_kill(&server);
	kill(process, SIGKILL);
	await_end(process);
	/* The holder hears of both ends, and asks for the memory, in a moment of its own. */
	while (hold_find(p->socket, "vm-1.", (char[HOLD_NAME_MAX]){0}) != -ENOENT)
		ck_assert_msg(test_now() < give_up, "it is still held");
	ck_assert_int_eq(hold_takeover(&hold, p->socket), 0);
	ck_assert_ptr_null(entry_of(hold, "vm-1.conn"));
	ck_assert_uint_eq(drop_entries(hold), 1);
	lingering_expect_closed(&l);
	expect_no_children(holder);
	ck_assert_int_eq(hold_remove(hold, "vm-2.uffd"), 0);
	close(ends[1]);
	hold_close(hold);
	await_end(holder);
}

static void lingering_close_does_not_stop_the_holder(void)
{
	int before = descriptors_of(getpid());
	struct place p;

	place_make(&p);
	server_lets_go(&p);
	vm_ends_without_a_server(&p);
	await_descriptors(getpid(), before);
	place_free(&p);
}

TEST_MAIN(lingering_close_does_not_stop_the_holder)
