/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The holder is a process of its own: session, name, working directory, signals; and of the
 * server's descriptors it has none, whatever numbers its own were given.
 */
#include "support.h"

#include <signal.h>
#include <sys/stat.h>

/* /dev/null three times, the directory, its socket, the eventfd, the server's end and pidfd. */
#define OWN 8

static void read_file(pid_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	n = read(fd, text, size - 1);
	ck_assert_int_gt(n, 0);
	text[n] = 0;
	close(fd);
}

static uint64_t mask_of(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	ck_assert_ptr_nonnull(line);
	return strtoull(line + strlen(name), NULL, 16);
}

static void handler(int number)
{
	(void)number;
}

static void look(const struct place *p, pid_t holder)
{
	const int ignored[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGCHLD};
	char text[4096], link[64], path[64];
	struct stat st;
	uint64_t expected = 0;

	ck_assert_int_eq(descriptors_of(holder), OWN);
	read_file(holder, "comm", text, sizeof(text));
	ck_assert_str_eq(text, "uffd-hold\n");
	ck_assert_int_eq(getsid(holder), holder);
	snprintf(path, sizeof(path), "/proc/%d/cwd", holder);
	ck_assert_int_eq(readlink(path, link, sizeof(link)), 1);
	ck_assert_int_eq(link[0], '/');
	read_file(holder, "status", text, sizeof(text));
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++)
		expected |= UINT64_C(1) << (ignored[i] - 1);
	ck_assert_uint_eq(mask_of(text, "SigIgn:"), expected);
	ck_assert_uint_eq(mask_of(text, "SigCgt:"), 0);
	ck_assert_uint_eq(mask_of(text, "SigBlk:"), 0);
	ck_assert_uint_eq(mask_of(text, "NoNewPrivs:"), 1);
	ck_assert_int_eq(stat(p->hold, &st), 0);
	ck_assert_uint_eq(st.st_mode, S_IFSOCK | 0600);
}

/* fn of a server: its lowest descriptors are free, so that the holder's own are among them. */
static void without_standard_streams(const struct place *p, int ready)
{
	struct hold *hold;

	close(0);
	close(1);
	close(2);
	if (hold_open(&hold, p->socket) < 0)
		_exit(1);
	say(ready, hold_pid(hold));
	sleep_for_good();
}

static void holder_keeps_nothing_of_its_server(void)
{
	struct sigaction before, action = {.sa_handler = handler};
	struct place p;
	struct server server;
	struct hold *hold;
	sigset_t usr1;
	pid_t holder;
	int many[20];

	place_make(&p);
	ck_assert_int_eq(sigaction(SIGUSR2, &action, &before), 0);
	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, NULL);
	for (int i = 0; i < 20; i++)
		ck_assert_int_ge(many[i] = dup(0), 0); /* not close-on-exec */
	/* Between its own ones. */
	close(many[3]);
	close(many[7]);
	ck_assert_int_eq(hold_open(&hold, p.socket), 0);
	for (int i = 0; i < 20; i++)
		if (i != 3 && i != 7)
			close(many[i]);
	sigprocmask(SIG_UNBLOCK, &usr1, NULL);
	sigaction(SIGUSR2, &before, NULL);
	look(&p, hold_pid(hold));
	/* What its server's session and group are sent does not end it. */
	kill(hold_pid(hold), SIGTERM);
	kill(hold_pid(hold), SIGINT);
	kill(hold_pid(hold), SIGHUP);
	ck_assert_int_eq(put_named(hold, "a"), 0);
	hold_close(hold);

	server_start(&server, without_standard_streams, &p);
	holder = server_says(&server);
	look(&p, holder);
	server_kill(&server);
	await_end(holder);
	place_free(&p);
}

TEST_MAIN(holder_keeps_nothing_of_its_server)
