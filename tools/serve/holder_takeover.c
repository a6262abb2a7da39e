/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how a newcomer becomes the holder's server: it asks, the old one yields or is killed, and
 * it fetches the entries one by one. Until it has all of them they are where they were.
 * Must never: have two servers, or wait for anybody.
 */
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uffd/fdpass.h>

#include "serve/clock.h"
#include "serve/hold_ops.h"
#include "serve/holder.h"
#include "serve/process.h"

static uint64_t patience(void)
{
	return now_ns() + HOLD_PATIENCE_MS * MS_NS;
}

static struct holder_peer *free_visitor(struct holder *h)
{
	for (size_t i = 0; i < HOLDER_VISITORS; i++)
		if (h->visitors[i].fd < 0)
			return &h->visitors[i];
	return NULL;
}

void holder_accept(struct holder *h)
{
	struct holder_peer *visitor = free_visitor(h);
	struct uffd_peer peer = {.size = sizeof(peer)};
	int fd = accept4(h->listening, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0)
		return;
	if (uffd_fdpass_peer(fd, &peer) < 0) {
		close(fd);
		return;
	}
	*visitor = (struct holder_peer){.fd = fd, .pidfd = peer.pidfd, .deadline = patience()};
	/* The file's mode says the same, but that can be changed. */
	if (peer.uid != geteuid() && peer.uid != 0)
		holder_peer_close(visitor);
}

void holder_visitor_gone(struct holder *h, struct holder_peer *visitor)
{
	holder_peer_close(visitor);
	if (visitor != h->newcomer)
		return;
	h->newcomer = NULL;
	h->stage = HOLDER_SERVED;
}

static void refuse(const struct holder_peer *visitor, const struct hold_message *request, int error)
{
	holder_answer(visitor, request, (struct hold_message){.error = error}, -1);
}

static void become_server(struct holder *h)
{
	h->server = *h->newcomer;
	*h->newcomer = (struct holder_peer){.fd = -1, .pidfd = -1};
	h->newcomer = NULL;
	h->stage = HOLDER_SERVED;
}

/* The old server has gone: how many entries there are, and what will ask the newcomer to yield. */
static void give(struct holder *h)
{
	struct hold_message answer = {.count = (uint32_t)h->count};
	int yield = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);

	if (yield < 0)
		answer.error = -errno;
	if (holder_answer(h->newcomer, &h->take, answer, yield) < 0 || yield < 0) {
		if (yield >= 0)
			close(yield);
		holder_visitor_gone(h, h->newcomer);
		return;
	}
	close(h->yield);
	h->yield = yield;
	h->stage = HOLDER_GIVING;
	h->given = 0;
	h->newcomer->deadline = patience();
	if (h->count == 0)
		become_server(h);
}

static void take(struct holder *h, struct holder_peer *visitor, const struct hold_message *request)
{
	if (h->newcomer) {
		refuse(visitor, request, -EBUSY);
		return;
	}
	h->newcomer = visitor;
	h->take = *request;
	visitor->deadline = patience();
	if (h->server.fd < 0) {
		give(h);
		return;
	}
	h->stage = HOLDER_ASKED;
	eventfd_write(h->yield, 1);
}

static void give_next(struct holder *h, const struct hold_message *request)
{
	const struct holder_entry *entry = &h->entries[h->given];
	struct hold_message answer = {0};

	memcpy(answer.name, entry->name, sizeof(answer.name));
	if (holder_answer(h->newcomer, request, answer, entry->fd) < 0) {
		holder_visitor_gone(h, h->newcomer);
		return;
	}
	h->newcomer->deadline = patience();
	if (++h->given == h->count)
		become_server(h);
}

/* For who wants to know what is there before it asks a server to yield. */
static void find(struct holder *h, struct holder_peer *visitor, const struct hold_message *request)
{
	struct hold_message answer = {.error = -EINVAL, .count = holder_entries_count_vms(h)};
	const struct holder_entry *entry;

	if (!strcmp(request->name, HOLD_SERVER)) {
		answer.error = h->server.fd >= 0 ? 0 : -ENOENT;
		memcpy(answer.name, request->name, sizeof(answer.name));
	} else if (hold_name_valid(request->name)) {
		entry = holder_entries_search(h, request->name);
		answer.error = entry ? 0 : -ENOENT;
		if (entry)
			memcpy(answer.name, entry->name, sizeof(answer.name));
	}
	holder_answer(visitor, request, answer, -1);
}

void holder_visitor_says(struct holder *h, struct holder_peer *visitor)
{
	struct hold_message request;
	int fd, ret = holder_receive(visitor, &request, &fd);

	if (fd >= 0)
		close(fd);
	if (ret == -EAGAIN)
		return;
	if (ret == 1 && request.word == HOLD_TAKE && fd < 0) {
		take(h, visitor, &request);
	} else if (ret == 1 && request.word == HOLD_FIND && fd < 0) {
		find(h, visitor, &request);
	} else if (ret == 1 && request.word == HOLD_NEXT && fd < 0 && visitor == h->newcomer &&
		   h->stage == HOLDER_GIVING) {
		give_next(h, &request);
	} else {
		if (ret == 1)
			refuse(visitor, &request, -EINVAL);
		holder_visitor_gone(h, visitor);
	}
}

void holder_server_gone(struct holder *h)
{
	holder_peer_close(&h->server);
	if (h->newcomer)
		give(h);
}

/* The newcomer's time is up: what it waits for is the server, or the holder waits for it. */
static void overdue(struct holder *h)
{
	switch (h->stage) {
	case HOLDER_ASKED:
		if (h->server.pidfd >= 0)
			kill_process(h->server.pidfd);
		h->stage = HOLDER_KILLED;
		h->newcomer->deadline = patience();
		break;
	case HOLDER_KILLED:
		refuse(h->newcomer, &h->take, -ETIMEDOUT);
		holder_visitor_gone(h, h->newcomer);
		break;
	case HOLDER_GIVING:
		holder_visitor_gone(h, h->newcomer);
		break;
	case HOLDER_SERVED: /* there is no newcomer */
		break;
	}
}

uint64_t holder_deadlines(struct holder *h, uint64_t now)
{
	uint64_t next = UINT64_MAX;

	for (size_t i = 0; i < HOLDER_VISITORS; i++) {
		struct holder_peer *visitor = &h->visitors[i];

		if (visitor->fd >= 0 && visitor->deadline <= now) {
			if (visitor == h->newcomer)
				overdue(h);
			else
				holder_visitor_gone(h, visitor);
		}
		if (visitor->fd >= 0 && visitor->deadline < next)
			next = visitor->deadline;
	}
	return next;
}
