/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Which way descriptors are held; see hold.h. */
#include "serve/hold.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "serve/hold_ops.h"
#include "serve/hold_wire.h"

bool hold_name_valid(const char name[HOLD_NAME_MAX])
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				      "0123456789-.";
	size_t length = strnlen(name, HOLD_NAME_MAX);

	return length > 0 && length < HOLD_NAME_MAX && strspn(name, letters) == length;
}

bool hold_name_is(const char *name, const char *what)
{
	const char *end = strchr(name, '.');

	return end && !strcmp(end, what) && !strncmp(name, HOLD_VM, strlen(HOLD_VM));
}

bool hold_name_is_of_clients(const char *name)
{
	return !strcmp(name, HOLD_LISTEN) || hold_name_is(name, HOLD_CONN);
}

int hold_client_names(const char *vm, char conn[HOLD_NAME_MAX], char pidfd[HOLD_NAME_MAX])
{
	size_t length = strnlen(vm, HOLD_NAME_MAX);

	if (strncmp(vm, HOLD_VM, strlen(HOLD_VM)) || length + strlen(HOLD_PIDFD) >= HOLD_NAME_MAX)
		return -EINVAL;
	/* The holder keeps and compares all bytes of a name. */
	memset(conn, 0, HOLD_NAME_MAX);
	memset(pidfd, 0, HOLD_NAME_MAX);
	snprintf(conn, HOLD_NAME_MAX, "%s" HOLD_CONN, vm);
	snprintf(pidfd, HOLD_NAME_MAX, "%s" HOLD_PIDFD, vm);
	return hold_name_valid(conn) ? 0 : -EINVAL;
}

/* A service manager that asks to be notified, if it can be here: -ENOSYS: it is not. */
static int manager_open(struct hold **hold)
{
	return getenv("NOTIFY_SOCKET") ? hold_systemd_open(hold) : -ENOSYS;
}

int hold_open(struct hold **hold, const char *socket_path)
{
	int ret = manager_open(hold);

	return ret == -ENOSYS ? hold_process_open(hold, socket_path) : ret;
}

int hold_takeover(struct hold **hold, const char *socket_path)
{
	int ret = manager_open(hold);

	return ret == -ENOSYS ? hold_process_takeover(hold, socket_path) : ret;
}

size_t hold_entries(const struct hold *hold, const struct hold_entry **entries)
{
	*entries = hold->entries;
	return hold->count;
}

int hold_put(struct hold *hold, const char *name, int fd)
{
	if (!hold_name_valid(name))
		return -EINVAL;
	return fd < 0 ? -EBADF : hold->ops->put(hold, name, fd);
}

int hold_remove(struct hold *hold, const char *name)
{
	return hold_name_valid(name) ? hold->ops->remove(hold, name) : -EINVAL;
}

int hold_accept(struct hold *hold, const char *vm, int listening)
{
	return hold->ops->accept(hold, vm, listening);
}

int hold_find(const char *socket_path, const char *beginning, char name[HOLD_NAME_MAX])
{
	return hold_name_valid(beginning) ? hold_process_find(socket_path, beginning, name)
					  : -EINVAL;
}

int hold_count_vms(const char *socket_path)
{
	return hold_process_count_vms(socket_path);
}

int hold_channel(const struct hold *hold)
{
	return hold->ops->channel(hold);
}

int hold_renew(struct hold *hold)
{
	return hold->ops->renew(hold);
}

int hold_fd(const struct hold *hold)
{
	return hold->ops->fd(hold);
}

bool hold_must_yield(struct hold *hold)
{
	return hold->ops->must_yield(hold);
}

int hold_pid(const struct hold *hold)
{
	return hold->ops->pid(hold);
}

void hold_close(struct hold *hold)
{
	free(hold->entries);
	hold->ops->close(hold);
}
