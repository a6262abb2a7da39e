/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: putting a VM into the hold. See takeover.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/hold.h"
#include "serve/takeover.h"
#include "serve/vm.h"

static int write_all(int fd, const char *at, size_t length)
{
	while (length) {
		ssize_t n = write(fd, at, length);

		if (n < 0)
			return -errno;
		at += n;
		length -= (size_t)n;
	}
	return 0;
}

static int write_record(int fd, const struct vm *vm, const struct vm_handshake *h)
{
	char line[96];
	int length = snprintf(line, sizeof(line), "uffd-serve 1 %" PRIu32 " %d %016" PRIx64 "\n",
			      vm->id, (int)vm->pid, vm->server->content.identity);
	int ret = write_all(fd, line, (size_t)length);

	return ret < 0 ? ret : write_all(fd, h->text, h->length);
}

static int put(struct server *s, uint32_t id, const char *what, int fd)
{
	char name[HOLD_NAME_MAX];

	snprintf(name, sizeof(name), "vm-%" PRIu32 ".%s", id, what);
	return server_hold(s, name, fd);
}

static int put_record(const struct vm *vm, const struct vm_handshake *h)
{
	int fd = memfd_create("uffd-serve-record", MFD_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = write_record(fd, vm, h);
	if (ret == 0)
		ret = put(vm->server, vm->id, "record", fd);
	close(fd);
	return ret;
}

/* Puts a state file for a VM there, and returns it. */
static int put_state(struct server *s, uint32_t id)
{
	int fd = memfd_create("uffd-serve-state", MFD_CLOEXEC | MFD_ALLOW_SEALING), ret;

	if (fd < 0)
		return -errno;
	ret = put(s, id, "state", fd);
	if (ret < 0)
		close(fd);
	return ret < 0 ? ret : fd;
}

/*
 * The record has it. In the socket it would be a descriptor under way, of which a user may have
 * only so many.
 */
static void read_away(const struct vm_handshake *h)
{
	char away[4096];

	for (size_t left = h->length; left;) {
		ssize_t n = recv(h->conn, away, left < sizeof(away) ? left : sizeof(away),
				 MSG_DONTWAIT);

		if (n <= 0)
			return;
		left -= (size_t)n;
	}
}

int takeover_keep(const struct vm *vm, const struct vm_handshake *h)
{
	struct server *s = vm->server;
	int state, ret = put(s, vm->id, "pidfd", h->pidfd);

	/* Since it was accepted; but if a server was killed while it did that with systemd. */
	if (ret < 0 && ret != -EEXIST)
		return ret;
	ret = put(s, vm->id, "uffd", h->uffd);
	if (ret < 0)
		return ret;
	state = put_state(s, vm->id);
	if (state < 0)
		return state;
	ret = put_record(vm, h);
	if (ret < 0) {
		close(state);
		return ret;
	}
	read_away(h);
	return state;
}

static void forget(struct server *s, uint32_t id, const char *const *whats, size_t count)
{
	char name[HOLD_NAME_MAX];

	for (size_t i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "vm-%" PRIu32 ".%s", id, whats[i]);
		hold_remove(s->hold, name); /* the holder may have let go of it itself */
	}
}

void takeover_forget(struct server *s, uint32_t id)
{
	/* The record first, so that what is left of a VM is never taken for all of it. */
	static const char *const whats[] = {"record", "uffd", "state", "conn", "pidfd"};

	forget(s, id, whats, sizeof(whats) / sizeof(whats[0]));
}

void takeover_forget_half(struct server *s, uint32_t id)
{
	static const char *const whats[] = {"record", "uffd", "state"};

	forget(s, id, whats, sizeof(whats) / sizeof(whats[0]));
}

static void name_content(char name[HOLD_NAME_MAX], const struct server *s)
{
	snprintf(name, HOLD_NAME_MAX, TAKEOVER_CONTENT "%016" PRIx64, s->content.identity);
}

bool takeover_is_other_content(const char *name, const struct server *s)
{
	char own[HOLD_NAME_MAX];

	name_content(own, s);
	return strcmp(name, own);
}

int takeover_keep_content(struct server *s)
{
	char name[HOLD_NAME_MAX];
	int fd = memfd_create("uffd-serve-content", MFD_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	name_content(name, s);
	ret = write_all(fd, s->path, strlen(s->path));
	if (ret == 0)
		ret = server_hold(s, name, fd);
	close(fd);
	return ret;
}
