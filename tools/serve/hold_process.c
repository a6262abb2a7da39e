/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the server's side of a holder process: it is forked, asked, or taken over.
 * Must never: take a late answer for the one to its last request.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uffd/fdpass.h>

#include "serve/hold_ops.h"
#include "serve/hold_wire.h"
#include "serve/holder.h"
#include "serve/socket_file.h"

struct hold_process {
	struct hold hold;
	int channel;
	int yield; /* eventfd, written by the holder */
	pid_t pid;
	uint32_t sequence;
	bool child;  /* forked by this process, which has to wait for it */
	bool ended;  /* it has said so, or closed its end */
	bool yields; /* it has been read from the eventfd */
};

static struct hold_process *process_of(const struct hold *hold)
{
	return (struct hold_process *)(uintptr_t)hold;
}

/* The answer to the last request; fd: the caller's, -1: none came with it. */
static int receive(struct hold_process *p, struct hold_message *answer, int *fd)
{
	for (;;) {
		uint32_t count = 1;
		int64_t n;

		*fd = -1;
		n = uffd_fdpass_receive(p->channel, answer, sizeof(*answer), fd, &count);
		if (n == sizeof(*answer) && answer->version == HOLD_VERSION &&
		    answer->word == HOLD_ANSWER && answer->sequence == p->sequence)
			return 0;
		if (*fd >= 0)
			close(*fd);
		*fd = -1;
		if (n == 0 || n == -ECONNRESET)
			p->ended = true;
		if (p->ended)
			return -EPIPE;
		if (n == -EAGAIN)
			return -ETIMEDOUT;
		if (n < 0)
			return (int)n;
		if (n != sizeof(*answer) || answer->version != HOLD_VERSION)
			return -EPROTO;
		/* It is the answer to a request that was given up. */
	}
}

/* fd: what goes with it, or -1. taken: what came with the answer, or NULL. */
static int request(struct hold_process *p, enum hold_word word, const char *name, int fd,
		   struct hold_message *answer, int *taken)
{
	struct hold_message message = {
		.version = HOLD_VERSION, .word = word, .sequence = ++p->sequence};
	int came = -1;
	int ret;

	if (name)
		memcpy(message.name, name, strlen(name));
	ret = uffd_fdpass_send(p->channel, &message, sizeof(message), &fd, fd >= 0);
	if (ret == -EPIPE || ret == -ECONNRESET) {
		p->ended = true;
		return -EPIPE;
	}
	if (ret == -EAGAIN)
		return -ETIMEDOUT;
	if (ret == 0)
		ret = receive(p, answer, &came);
	if (ret == 0)
		ret = answer->error;
	if (ret < 0 || !taken) {
		if (came >= 0)
			close(came);
		return ret;
	}
	*taken = came;
	return came < 0 ? -EPROTO : 0;
}

static int process_put(struct hold *hold, const char *name, int fd)
{
	struct hold_message answer;

	return request(process_of(hold), HOLD_PUT, name, fd, &answer, NULL);
}

static int process_remove(struct hold *hold, const char *name)
{
	struct hold_message answer;

	return request(process_of(hold), HOLD_DROP, name, -1, &answer, NULL);
}

static int process_fd(const struct hold *hold)
{
	return process_of(hold)->yield;
}

static bool process_must_yield(struct hold *hold)
{
	struct hold_process *p = process_of(hold);
	eventfd_t value;

	if (eventfd_read(p->yield, &value) == 0)
		p->yields = true;
	return p->yields;
}

static int process_pid(const struct hold *hold)
{
	return process_of(hold)->pid;
}

static void process_free(struct hold_process *p)
{
	if (p->channel >= 0)
		close(p->channel);
	if (p->yield >= 0)
		close(p->yield);
	if (p->child && p->ended)
		while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
			;
	free(p);
}

static void process_close(struct hold *hold)
{
	struct hold_process *p = process_of(hold);
	struct hold_message answer;

	/* Waits until the sockets are gone, if they go. */
	if (request(p, HOLD_LEAVE, NULL, -1, &answer, NULL) == 0 && answer.count)
		p->ended = true;
	process_free(p);
}

static const struct hold_ops process_ops = {
	.put = process_put,
	.remove = process_remove,
	.fd = process_fd,
	.must_yield = process_must_yield,
	.pid = process_pid,
	.close = process_close,
};

static struct hold_process *process_new(void)
{
	struct hold_process *p = calloc(1, sizeof(*p));

	if (p) {
		p->hold.ops = &process_ops;
		p->channel = p->yield = -1;
	}
	return p;
}

/* A holder that is stopped must not stop its server for good. */
static int set_patience(int channel, int ms)
{
	const struct timeval patience = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	return setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
			       setsockopt(channel, SOL_SOCKET, SO_SNDTIMEO, &patience,
					  sizeof(patience)) < 0
		       ? -errno
		       : 0;
}

/* Forks; h has all of the holder's descriptors but for its end of the channel. */
static int process_fork(struct hold_process *p, struct holder *h)
{
	int ends[2];
	int ret;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	p->channel = ends[0];
	h->server.fd = ends[1];
	p->yield = fcntl(h->yield, F_DUPFD_CLOEXEC, 0);
	if (p->yield < 0) {
		ret = -errno;
		close(ends[1]);
		return ret;
	}
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
	ret = receive(p, &ready, &none);
	if (ret == 0)
		ret = ready.error;
	if (ret == 0)
		ret = set_patience(p->channel, HOLD_ANSWER_MS);
	/* It has ended, or ends when the channel is closed. */
	if (ret < 0)
		p->ended = true;
	return ret;
}

/* What the holder inherits. */
static int holder_prepare(struct holder *h, const char *socket_path)
{
	int ret = socket_file_open(&h->file, socket_path, "");

	if (ret < 0)
		return ret;
	memcpy(h->socket_name, h->file.name, sizeof(h->socket_name));
	socket_file_close(&h->file);
	ret = socket_file_open(&h->file, socket_path, HOLD_SUFFIX);
	if (ret < 0)
		return ret;
	h->yield = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
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

int hold_process_open(struct hold **hold, const char *socket_path)
{
	struct holder h = {
		.file.dir = -1, .listening = -1, .yield = -1, .server = {.fd = -1, .pidfd = -1}};
	struct hold_process *p = process_new();
	int ret;

	if (!p)
		return -ENOMEM;
	ret = holder_prepare(&h, socket_path);
	if (ret == 0) {
		ret = process_start(p, &h);
		if (ret < 0)
			socket_file_remove(&h.file, h.listening);
	}
	holder_release(&h);
	if (ret < 0)
		process_free(p);
	else
		*hold = &p->hold;
	return ret;
}

static int connect_to_holder(struct hold_process *p, const char *socket_path)
{
	struct uffd_peer peer = {.size = sizeof(peer)};
	struct socket_file file;
	int ret = socket_file_open(&file, socket_path, HOLD_SUFFIX);

	if (ret < 0)
		return ret;
	p->channel = socket_file_connect(&file, SOCK_SEQPACKET);
	socket_file_close(&file);
	if (p->channel < 0)
		return p->channel == -ECONNREFUSED ? -ENOENT : p->channel;
	ret = uffd_fdpass_peer(p->channel, &peer);
	if (ret < 0)
		return ret;
	if (peer.pidfd >= 0)
		close(peer.pidfd);
	p->pid = peer.pid;
	/* What it hands over is trusted. */
	return peer.uid == geteuid() || peer.uid == 0 ? 0 : -EPERM;
}

static int fetch(struct hold_process *p, uint32_t count)
{
	struct hold_message answer;

	p->hold.entries = calloc(count ? count : 1, sizeof(*p->hold.entries));
	if (!p->hold.entries)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		struct hold_entry *entry = &p->hold.entries[i];
		int ret = request(p, HOLD_NEXT, NULL, -1, &answer, &entry->fd);

		if (ret < 0)
			return ret;
		memcpy(entry->name, answer.name, sizeof(entry->name));
		p->hold.count = i + 1;
		if (!hold_name_valid(entry->name))
			return -EPROTO;
	}
	return 0;
}

static int take_over(struct hold_process *p, const char *socket_path)
{
	struct hold_message answer;
	int ret = connect_to_holder(p, socket_path);

	/* The server may take the holder's patience twice. */
	if (ret == 0)
		ret = set_patience(p->channel, 2 * HOLD_PATIENCE_MS + HOLD_ANSWER_MS);
	if (ret == 0) {
		ret = request(p, HOLD_TAKE, NULL, -1, &answer, &p->yield);
		/* It was about to end, or has been killed. */
		if (ret == -EPIPE)
			ret = -ENOENT;
	}
	if (ret == 0)
		ret = fetch(p, answer.count);
	return ret < 0 ? ret : set_patience(p->channel, HOLD_ANSWER_MS);
}

int hold_process_takeover(struct hold **hold, const char *socket_path)
{
	struct hold_process *p = process_new();
	int ret;

	if (!p)
		return -ENOMEM;
	ret = take_over(p, socket_path);
	if (ret == 0) {
		*hold = &p->hold;
		return 0;
	}
	for (size_t i = 0; i < p->hold.count; i++)
		close(p->hold.entries[i].fd);
	free(p->hold.entries);
	process_free(p);
	return ret;
}
