/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: accepting a server's clients: here, so that there is no moment in which only a process that
 * may be killed has a connection, and with it the userfaultfd that was sent over it.
 * Must never: read from a connection, or wait for one.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uffd/fdpass.h>

#include "serve/hold_ops.h"
#include "serve/holder.h"

/* Keeps both, or closes both. */
static int keep(struct holder *h, const char *conn, int fd, const char *pidfd, int process)
{
	int ret = holder_entries_add(h, conn, fd);

	if (ret < 0) {
		holder_close(h, fd);
		close(process);
		return ret;
	}
	ret = holder_entries_add(h, pidfd, process);
	if (ret < 0) {
		close(process);
		holder_entries_remove(h, conn);
	}
	return ret;
}

int holder_accept_client(struct holder *h, const char *vm)
{
	const struct holder_entry *listening = holder_entries_find(h, HOLD_LISTEN);
	char conn[HOLD_NAME_MAX], pidfd[HOLD_NAME_MAX];
	struct uffd_peer peer = {.size = sizeof(peer)};
	int fd, ret = hold_client_names(vm, conn, pidfd);

	if (ret < 0)
		return ret;
	if (!listening)
		return -ENOENT;
	if (holder_entries_find(h, conn) || holder_entries_find(h, pidfd))
		return -EEXIST;
	/* Who is accepted and then not kept would be lost. */
	if (h->count + h->postponed_count + 2 > h->most)
		return -EMFILE;
	fd = accept4(listening->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return -errno;
	ret = uffd_fdpass_peer(fd, &peer);
	if (ret == 0 && peer.pidfd < 0)
		ret = -ESRCH;
	if (ret < 0) {
		holder_close(h, fd);
		return ret;
	}
	ret = keep(h, conn, fd, pidfd, peer.pidfd);
	return ret < 0 ? ret : fd;
}

void holder_accept_clients(struct holder *h)
{
	char vm[HOLD_NAME_MAX];
	int ret = 0;

	for (unsigned int id = 1; ret >= 0 || ret == -ESRCH || ret == -ECONNABORTED; id++) {
		snprintf(vm, sizeof(vm), HOLD_VM "%u", id);
		ret = holder_accept_client(h, vm);
	}
}
