/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: making holder processes: a server's first, and another when that has died.
 * Must never: leave a socket of a holder that could not be made, or a child that nobody waits for.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "serve/hold_process.h"
#include "serve/holder.h"

/* Forks; h has all of the holder's descriptors but for its end of the channel. */
static int process_fork(struct hold_process *p, struct holder *h)
{
	int ends[2], ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	p->channel = ends[0];
	h->server.fd = ends[1];
	/* The holder must not wait in a send; the flag is of its end alone. */
	fcntl(ends[1], F_SETFL, O_NONBLOCK);
	p->pid = fork();
	if (p->pid == 0)
		holder_main(h);
	ret = p->pid < 0 ? -errno : 0;
	close(ends[1]);
	return ret;
}

static int process_start(struct hold_process *p, struct holder *h)
{
	struct hold_message ready;
	int none, ret = process_fork(p, h);

	if (ret < 0)
		return ret;
	p->child = true;
	ret = hold_process_receive(p, &ready, &none);
	if (ret == 0)
		ret = ready.error;
	if (ret == 0)
		ret = hold_process_set_patience(p, HOLD_ANSWER_MS);
	/* It has ended, or ends when the channel is closed. */
	if (ret < 0)
		p->ended = true;
	return ret;
}

/* What the holder inherits; yield is the server's already. */
static int holder_prepare(struct holder *h, const struct hold_process *p)
{
	int ret = socket_file_open(&h->file, p->path, "");

	if (ret < 0)
		return ret;
	memcpy(h->socket_name, h->file.name, sizeof(h->socket_name));
	socket_file_close(&h->file);
	ret = socket_file_open(&h->file, p->path, HOLD_SUFFIX);
	if (ret < 0)
		return ret;
	h->yield = fcntl(p->yield, F_DUPFD_CLOEXEC, 0);
	if (h->yield < 0)
		return -errno;
	h->server.pidfd = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (h->server.pidfd < 0)
		return -errno;
	h->listening = socket_file_listen(&h->file, SOCK_SEQPACKET, 0600, (uid_t)-1, (gid_t)-1);
	return h->listening < 0 ? h->listening : 0;
}

/* The parent's copies. */
static void holder_release(struct holder *h)
{
	const int fds[] = {h->file.dir, h->yield, h->server.pidfd, h->listening};

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

/* A holder for a server that has none. */
static int start_one(struct hold_process *p)
{
	struct holder h = {
		.file.dir = -1, .listening = -1, .yield = -1, .server = {.fd = -1, .pidfd = -1}};
	int ret = holder_prepare(&h, p);

	if (ret == 0) {
		ret = process_start(p, &h);
		if (ret < 0)
			socket_file_remove(&h.file, h.listening);
	}
	holder_release(&h);
	return ret;
}

int hold_process_open(struct hold **hold, const char *socket_path)
{
	struct hold_process *p = hold_process_new(socket_path);
	int ret;

	if (!p)
		return -ENOMEM;
	p->yield = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = p->yield < 0 ? -errno : start_one(p);
	if (ret < 0)
		hold_process_free(p);
	else
		*hold = &p->hold;
	return ret;
}

static int give_all(struct hold_process *p)
{
	struct hold_message answer;
	int ret = 0;

	for (size_t i = 0; ret == 0 && i < p->copies.count; i++) {
		const struct hold_entry *entry = &p->copies.entries[i];

		ret = hold_process_request(p, HOLD_PUT, entry->name, entry->fd, &answer, NULL);
	}
	return ret;
}

/* The channel to a holder that has died, or could not be made. */
static void hang_up(struct hold_process *p)
{
	if (p->channel >= 0)
		close(p->channel);
	p->channel = -1;
	if (p->child)
		while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
			;
	p->child = false;
}

/*
 * The child of a process with threads: what it calls of the C library is what a fork there leaves
 * usable, malloc(3) among it.
 */
int hold_process_renew(struct hold *hold)
{
	struct hold_process *p = (struct hold_process *)hold;
	int ret;

	hang_up(p);
	p->ended = false;
	p->sequence = 0;
	ret = start_one(p);
	if (ret == 0)
		ret = give_all(p);
	if (ret < 0) {
		hang_up(p);
		p->ended = true;
	}
	return ret;
}
