/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a handshake that arrives over a socket, its text and its descriptor, until they are whole.
 * Must never: wait where the socket does not, read behind what it refuses, or leave a descriptor
 * open that nobody took.
 */
#include <uffd/firecracker.h>

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/inspect.h"
#include "peer/firecracker/handshake.h"

struct uffd_fc_receiver {
	pid_t pid; /* whose it is */
	int socket;
	/* uffd_fdpass_receive(), or _peek() */
	int64_t (*bring)(int socket, void *bytes, size_t size, int *fds, uint32_t *count);
	int fd;    /* -1: none came, or it was taken */
	int state; /* 0: more is to come; 1: complete; negative: refused, and why */
	uint32_t count;
	uint64_t content_length;
	struct handshake handshake;
	struct uffd_peer_region regions[LIBUFFD_PEER_REGIONS_MAX];
	char reason[LIBUFFD_FC_REASON_MAX];
	size_t length;
	char text[LIBUFFD_FC_MAX + 1]; /* one more shows that it is too long */
};

int uffd_fc_receiver_open(struct uffd_fc_receiver **receiver, int socket, uint64_t content_length)
{
	struct uffd_fc_receiver *r;
	int ret;

	if (!receiver)
		return -EINVAL;
	r = malloc(sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->pid = getpid();
	r->socket = socket;
	r->bring = uffd_fdpass_receive;
	r->fd = -1;
	r->state = 0;
	r->count = 0;
	r->content_length = content_length;
	r->length = 0;
	r->reason[0] = '\0';
	ret = handshake_open(&r->handshake, r->reason);
	if (ret < 0) {
		free(r);
		return ret;
	}
	*receiver = r;
	return 0;
}

int uffd_fc_receiver_peek(struct uffd_fc_receiver **receiver, int socket, uint64_t content_length)
{
	int from = 0, ret;

	if (!receiver)
		return -EINVAL;
	if (setsockopt(socket, SOL_SOCKET, SO_PEEK_OFF, &from, sizeof(from)) < 0)
		return -errno;
	ret = uffd_fc_receiver_open(receiver, socket, content_length);
	if (ret == 0)
		(*receiver)->bring = uffd_fdpass_peek;
	return ret;
}

static int refuse_message(struct uffd_fc_receiver *r, int error)
{
	if (error == -ENOBUFS)
		return handshake_refuse(r->reason, error, "more than one descriptor");
	errno = -error;
	return handshake_refuse(r->reason, error, "receiving: %m");
}

/* How many bytes came; a negative errno, of which -EAGAIN is none that lasts. */
static int64_t receive(struct uffd_fc_receiver *r)
{
	uint32_t most = r->fd < 0, fds = most;
	int fd;
	int64_t n =
		r->bring(r->socket, r->text + r->length, sizeof(r->text) - r->length, &fd, &fds);

	if (n == -EAGAIN)
		return n;
	if (n < 0)
		return refuse_message(r, (int)n);
	if (n == 0)
		return handshake_refuse(r->reason, -ECONNRESET,
					"the peer closed after %zu bytes, before the end",
					r->length);
	if (fds)
		r->fd = fd;
	r->length += (size_t)n;
	return n;
}

/* The text is right. */
static int check_descriptor(struct uffd_fc_receiver *r)
{
	int ret;

	if (r->fd < 0)
		return handshake_refuse(r->reason, -ENODEV, "no descriptor came with it");
	ret = inspect_userfaultfd(r->fd);
	if (ret == -ENOTTY)
		return handshake_refuse(r->reason, ret, "the descriptor is no userfaultfd");
	if (ret == -EPROTO)
		return handshake_refuse(r->reason, ret, "the userfaultfd has had no UFFDIO_API");
	if (ret < 0) {
		errno = -ret;
		return handshake_refuse(r->reason, ret, "what the descriptor is: %m");
	}
	return 0;
}

static int go_on(struct uffd_fc_receiver *r)
{
	int64_t n = receive(r);
	int ret;

	if (n < 0)
		return n == -EAGAIN ? 0 : (int)n;
	ret = handshake_read(&r->handshake, r->text, r->length);
	if (ret == -EAGAIN)
		return 0;
	r->count = LIBUFFD_PEER_REGIONS_MAX;
	if (ret == 0)
		ret = handshake_regions(&r->handshake, r->content_length, r->regions, &r->count);
	if (ret == 0)
		ret = check_descriptor(r);
	return ret < 0 ? ret : 1;
}

int uffd_fc_receive(struct uffd_fc_receiver *receiver)
{
	if (!receiver)
		return -EINVAL;
	if (receiver->pid != getpid())
		return -ECHILD;
	/*
	 * Refused, the descriptor stays open until the receiver is closed: with the last one the memory
	 * becomes zeros, and whoever refuses may have to end the VMM first.
	 */
	if (receiver->state == 0)
		receiver->state = go_on(receiver);
	return receiver->state;
}

const char *uffd_fc_reason(const struct uffd_fc_receiver *receiver)
{
	return receiver->reason;
}

const char *uffd_fc_text(const struct uffd_fc_receiver *receiver, size_t *length)
{
	*length = receiver->length;
	return receiver->text;
}

const struct uffd_peer_region *uffd_fc_regions(const struct uffd_fc_receiver *receiver,
					       uint32_t *count)
{
	*count = receiver->state == 1 ? receiver->count : 0;
	return receiver->state == 1 ? receiver->regions : NULL;
}

int uffd_fc_has_fd(const struct uffd_fc_receiver *receiver)
{
	return receiver->fd >= 0;
}

int uffd_fc_take_fd(struct uffd_fc_receiver *receiver)
{
	int fd;

	if (!receiver || receiver->state != 1 || receiver->fd < 0)
		return -EINVAL;
	if (receiver->pid != getpid())
		return -ECHILD;
	fd = receiver->fd;
	receiver->fd = -1;
	return fd;
}

void uffd_fc_receiver_close(struct uffd_fc_receiver *receiver)
{
	if (!receiver)
		return;
	if (receiver->fd >= 0)
		close(receiver->fd);
	handshake_close(&receiver->handshake);
	free(receiver);
}
