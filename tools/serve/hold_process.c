/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the server's side of a holder process: what it is asked.
 * Must never: take a late answer for the one to its last request.
 */
#include "serve/hold_process.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <uffd/fdpass.h>

#include "serve/closer.h"

static struct hold_process *process_of(const struct hold *hold)
{
	return (struct hold_process *)(uintptr_t)hold;
}

int hold_process_receive(struct hold_process *p, struct hold_message *answer, int *fd)
{
	for (;;) {
		uint32_t count = 1;
		int64_t n;

		*fd = -1;
		n = uffd_fdpass_receive(p->channel, answer, sizeof(*answer), fd, &count);
		if (n == sizeof(*answer) && answer->version == HOLD_VERSION &&
		    answer->word == HOLD_ANSWER && answer->sequence == p->sequence)
			return 0;
		closer_close(*fd);
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

int hold_process_request(struct hold_process *p, enum hold_word word, const char *name, int fd,
			 struct hold_message *answer, int *taken)
{
	struct hold_message message = {
		.version = HOLD_VERSION, .word = word, .sequence = ++p->sequence};
	int came = -1;
	int ret;

	if (p->ended)
		return -EPIPE;
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
		ret = hold_process_receive(p, answer, &came);
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

static int process_remove(struct hold *hold, const char *name)
{
	struct hold_process *p = process_of(hold);
	struct hold_message answer;

	hold_copies_remove(&p->copies, name);
	return hold_process_request(p, HOLD_DROP, name, -1, &answer, NULL);
}

/* The holder has it; what cannot be copied it must not have either. */
static int copy(struct hold_process *p, const char *name, int fd)
{
	int ret;

	/* A VM's that has ended, of which the holder let go by itself. */
	hold_copies_remove(&p->copies, name);
	ret = hold_copies_add(&p->copies, name, fd);
	if (ret < 0)
		process_remove(&p->hold, name);
	return ret;
}

static int process_put(struct hold *hold, const char *name, int fd)
{
	struct hold_process *p = process_of(hold);
	struct hold_message answer;
	int ret = hold_process_request(p, HOLD_PUT, name, fd, &answer, NULL);

	return ret < 0 ? ret : copy(p, name, fd);
}

/* The holder has asked for the same pidfd, and has both. */
static int copy_client(struct hold_process *p, const char *conn, const char *pidfd, int fd)
{
	struct uffd_peer peer = {.size = sizeof(peer)};
	int ret = uffd_fdpass_peer(fd, &peer);

	if (ret < 0)
		return ret;
	/* It has just ended: the holder lets go of it by itself. */
	if (peer.pidfd < 0)
		return -ESRCH;
	ret = copy(p, conn, fd);
	if (ret == 0)
		ret = copy(p, pidfd, peer.pidfd);
	close(peer.pidfd);
	return ret;
}

static int process_accept(struct hold *hold, const char *vm, int listening)
{
	struct hold_process *p = process_of(hold);
	char conn[HOLD_NAME_MAX], pidfd[HOLD_NAME_MAX];
	struct hold_message answer;
	int fd, ret = hold_client_names(vm, conn, pidfd);

	(void)listening;
	if (ret == 0)
		ret = hold_process_request(p, HOLD_ACCEPT, vm, -1, &answer, &fd);
	if (ret < 0)
		return ret;
	ret = copy_client(p, conn, pidfd, fd);
	if (ret == 0)
		return fd;
	process_remove(hold, conn);
	process_remove(hold, pidfd);
	closer_close(fd);
	return ret;
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

static int process_channel(const struct hold *hold)
{
	return process_of(hold)->channel;
}

static int process_pid(const struct hold *hold)
{
	return process_of(hold)->pid;
}

void hold_process_free(struct hold_process *p)
{
	if (p->channel >= 0)
		close(p->channel);
	if (p->yield >= 0)
		close(p->yield);
	if (p->child && p->ended)
		while (waitpid(p->pid, NULL, 0) < 0 && errno == EINTR)
			;
	hold_copies_close(&p->copies);
	free(p->path);
	free(p);
}

static void process_close(struct hold *hold)
{
	struct hold_process *p = process_of(hold);
	struct hold_message answer;

	/* Waits until the sockets are gone, if they go. */
	if (hold_process_request(p, HOLD_LEAVE, NULL, -1, &answer, NULL) == 0 && answer.count)
		p->ended = true;
	hold_process_free(p);
}

static const struct hold_ops process_ops = {
	.put = process_put,
	.remove = process_remove,
	.accept = process_accept,
	.fd = process_fd,
	.channel = process_channel,
	.renew = hold_process_renew,
	.must_yield = process_must_yield,
	.pid = process_pid,
	.close = process_close,
};

struct hold_process *hold_process_new(const char *socket_path)
{
	struct hold_process *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->hold.ops = &process_ops;
	p->channel = p->yield = -1;
	p->path = strdup(socket_path);
	if (p->path)
		return p;
	free(p);
	return NULL;
}

int hold_process_set_patience(const struct hold_process *p, int ms)
{
	const struct timeval patience = {.tv_sec = ms / 1000, .tv_usec = ms % 1000 * 1000};

	if (setsockopt(p->channel, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(p->channel, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0)
		return -errno;
	return 0;
}
