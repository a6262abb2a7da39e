/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: putting a VM into the hold. See takeover.h. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/mman.h>
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
	return hold_put(s->hold, name, fd);
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

int takeover_state(struct server *s, uint32_t id)
{
	int fd = memfd_create("uffd-serve-state", MFD_CLOEXEC | MFD_ALLOW_SEALING), ret;

	if (fd < 0)
		return -errno;
	ret = put(s, id, "state", fd);
	if (ret < 0)
		close(fd);
	return ret < 0 ? ret : fd;
}

int takeover_keep(const struct vm *vm, const struct vm_handshake *h)
{
	struct server *s = vm->server;
	/* What tells of its end first: the holder lets go by it. */
	int ret = put(s, vm->id, "pidfd", h->pidfd);

	if (ret == 0)
		ret = put_record(vm, h);
	if (ret == 0)
		ret = put(s, vm->id, "uffd", h->uffd);
	if (ret == 0)
		ret = put(s, vm->id, "conn", h->conn);
	return ret < 0 ? ret : takeover_state(s, vm->id);
}

void takeover_forget(struct server *s, uint32_t id)
{
	/* The descriptor first, so that what is left of a VM is never taken for all of it. */
	static const char *const whats[] = {"uffd", "state", "record", "conn", "pidfd"};
	char name[HOLD_NAME_MAX];

	for (size_t i = 0; i < sizeof(whats) / sizeof(whats[0]); i++) {
		snprintf(name, sizeof(name), "vm-%" PRIu32 ".%s", id, whats[i]);
		hold_remove(s->hold, name); /* the holder may have let go of it itself */
	}
}
