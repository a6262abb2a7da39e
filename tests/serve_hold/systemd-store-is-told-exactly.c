/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * The test is the service manager: its socket gets the text and the descriptors that sd_notify(3)
 * describes, and a put returns when the barrier after it is closed, and not before.
 */
#include "support.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <uffd/fdpass.h>

struct manager {
	char path[128];
	int socket;
};

static void manager_make(struct manager *m, const struct place *p)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	snprintf(m->path, sizeof(m->path), "%s/notify", p->dir);
	snprintf(address.sun_path, sizeof(address.sun_path), "%.100s", m->path);
	m->socket = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(m->socket, 0);
	ck_assert_int_eq(bind(m->socket, (struct sockaddr *)&address, sizeof(address)), 0);
	setenv("NOTIFY_SOCKET", m->path, 1);
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_PID");
	unsetenv("FDSTORE");
}

static void manager_end(struct manager *m)
{
	close(m->socket);
	ck_assert_int_eq(unlink(m->path), 0);
	unsetenv("NOTIFY_SOCKET");
}

/* The next message has to be this text; what came with it, or -1. */
static int expect(const struct manager *m, const char *wanted)
{
	struct pollfd p = {.fd = m->socket, .events = POLLIN};
	char text[256];
	uint32_t count = 1;
	int fd = -1;
	int64_t n;

	ck_assert_int_eq(poll(&p, 1, 10000), 1);
	n = uffd_fdpass_receive(m->socket, text, sizeof(text) - 1, &fd, &count);
	ck_assert_int_gt(n, 0);
	text[n] = 0;
	ck_assert_str_eq(text, wanted);
	return count ? fd : -1;
}

struct putting {
	struct hold *hold;
	const char *name;
	int fd;
	int ret;
	_Atomic bool returned;
};

static void *put_in_thread(void *arg)
{
	struct putting *put = arg;

	put->ret = hold_put(put->hold, put->name, put->fd);
	atomic_store(&put->returned, true);
	return NULL;
}

static void put(const struct manager *m, struct hold *hold, const char *name)
{
	struct putting putting = {.hold = hold, .name = name, .fd = named_memfd(name)};
	pthread_t thread;
	char wanted[128];
	int fd, barrier;

	ck_assert_int_eq(pthread_create(&thread, NULL, put_in_thread, &putting), 0);
	snprintf(wanted, sizeof(wanted), "FDSTORE=1\nFDNAME=%s\nFDPOLL=0", name);
	fd = expect(m, wanted);
	ck_assert(is_named(fd, name));
	close(fd);
	barrier = expect(m, "BARRIER=1");
	ck_assert_int_ge(barrier, 0);
	ck_assert(!atomic_load(&putting.returned));
	close(barrier);
	pthread_join(thread, NULL);
	ck_assert_int_eq(putting.ret, 0);
	close(putting.fd);
}

static void all_of_it(const struct manager *m, const struct place *p)
{
	const struct hold_entry *entries;
	struct hold *hold;

	ck_assert_int_eq(hold_open(&hold, p->socket), 0);
	ck_assert_uint_eq(hold_entries(hold, &entries), 0);
	ck_assert_int_eq(hold_fd(hold), -1);
	ck_assert(!hold_must_yield(hold));
	ck_assert_int_eq(hold_pid(hold), 0);
	ck_assert(!exists(p->hold));
	put(m, hold, "vm-1.uffd");
	put(m, hold, "vm-1.state");
	ck_assert_int_eq(put_named(hold, "vm-1.uffd"), -EEXIST);
	ck_assert_int_eq(hold_remove(hold, "vm-2.uffd"), -ENOENT);
	ck_assert_int_eq(hold_remove(hold, "vm-1.uffd"), 0);
	ck_assert_int_eq(expect(m, "FDSTOREREMOVE=1\nFDNAME=vm-1.uffd"), -1);
	ck_assert_int_eq(hold_remove(hold, "vm-1.uffd"), -ENOENT);
	put(m, hold, "vm-1.uffd");
	hold_close(hold);
}

/* systemd would drop what is too much for the store, and say nothing. */
static void full(const struct manager *m, const struct place *p)
{
	struct hold *hold;

	setenv("FDSTORE", "1", 1);
	ck_assert_int_eq(hold_open(&hold, p->socket), 0);
	put(m, hold, "vm-1.uffd");
	ck_assert_int_eq(put_named(hold, "vm-1.state"), -ENOSPC);
	hold_close(hold);
	setenv("FDSTORE", "1x", 1);
	ck_assert_int_eq(hold_open(&hold, p->socket), -EINVAL);
	unsetenv("FDSTORE");
}

static void nobody_there(struct manager *m, const struct place *p)
{
	struct hold *hold;

	ck_assert_int_eq(hold_takeover(&hold, p->socket), 0);
	put(m, hold, "vm-1.uffd");
	manager_end(m);
	ck_assert_int_eq(put_named(hold, "vm-2.uffd"), -ENOTCONN);
	setenv("NOTIFY_SOCKET", m->path, 1);
	ck_assert_int_eq(put_named(hold, "vm-2.uffd"), -ENOENT);
	ck_assert_int_eq(hold_remove(hold, "vm-1.uffd"), -ENOENT);
	unsetenv("NOTIFY_SOCKET");
	hold_close(hold);
}

static void systemd_store_is_told_exactly(void)
{
	struct manager m;
	struct place p;

	place_make(&p);
	manager_make(&m, &p);
	all_of_it(&m, &p);
	full(&m, &p);
	nobody_there(&m, &p);
	place_free(&p);
}

TEST_MAIN(systemd_store_is_told_exactly)
