/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the table of a peer's regions: what may be believed of one, and its message.
 * Must never: use a number of a message before it has been checked, or read behind its end.
 */
#include <uffd/fdpass.h>

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "kernel/inspect.h"

#define PAGE_LEAST  UINT64_C(4096)
#define PAGE_MOST   (UINT64_C(1) << 30)
#define PEER_MAGIC  UINT64_C(0x7566666470656572) /* "uffdpeer", read as a number */
#define PEER_FORMAT 1

struct peer_header {
	uint64_t magic;
	uint32_t format;
	uint32_t count; /* regions that follow */
	uint64_t features;
};

struct peer_message {
	struct peer_header header;
	struct uffd_peer_region regions[LIBUFFD_PEER_REGIONS_MAX];
};
_Static_assert(sizeof(struct peer_header) == 24, "without gaps");
_Static_assert(sizeof(struct uffd_peer_region) == 32, "without gaps");

static size_t message_length(uint32_t count)
{
	return sizeof(struct peer_header) + count * sizeof(struct uffd_peer_region);
}

static int check_region(const struct uffd_peer_region *r, uint64_t content_length)
{
	if (r->page_size < PAGE_LEAST || r->page_size > PAGE_MOST ||
	    r->page_size & (r->page_size - 1))
		return -EINVAL;
	if (!r->length || (r->address | r->length) & (r->page_size - 1) || r->offset % PAGE_LEAST)
		return -EINVAL;
	if (r->address > UINT64_MAX - r->length || r->offset > UINT64_MAX - r->length)
		return -EOVERFLOW;
	return r->offset + r->length > content_length ? -ERANGE : 0;
}

/* By address, and where that is the same by number. */
static void sort_regions(const struct uffd_peer_region *regions, uint32_t count, uint16_t *order)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = i;

		for (; at && regions[order[at - 1]].address > regions[i].address; at--)
			order[at] = order[at - 1];
		order[at] = (uint16_t)i;
	}
}

/* The regions end where they say. */
static bool overlap(const struct uffd_peer_region *regions, uint32_t count, uint32_t *which)
{
	uint16_t order[LIBUFFD_PEER_REGIONS_MAX];

	sort_regions(regions, count, order);
	for (uint32_t i = 1; i < count; i++) {
		const struct uffd_peer_region *before = &regions[order[i - 1]];

		if (before->address + before->length <= regions[order[i]].address)
			continue;
		*which = order[i] > order[i - 1] ? order[i] : order[i - 1];
		return true;
	}
	return false;
}

int uffd_peer_check(const struct uffd_peer_region *regions, uint32_t count, uint64_t content_length,
		    uint32_t *which)
{
	uint32_t unwanted;
	int ret;

	if (!which)
		which = &unwanted;
	*which = 0;
	if (!regions || !count || count > LIBUFFD_PEER_REGIONS_MAX)
		return -EINVAL;
	for (uint32_t i = 0; i < count; i++) {
		ret = check_region(&regions[i], content_length);
		if (ret < 0) {
			*which = i;
			return ret;
		}
	}
	return overlap(regions, count, which) ? -EEXIST : 0;
}

int uffd_peer_send(int socket, int uffd, uint64_t features, const struct uffd_peer_region *regions,
		   uint32_t count)
{
	struct peer_message message = {
		.header = {PEER_MAGIC, PEER_FORMAT, count, features},
	};
	int ret = uffd_peer_check(regions, count, UINT64_MAX, NULL);

	if (ret < 0)
		return ret;
	memcpy(message.regions, regions, count * sizeof(*regions));
	return uffd_fdpass_send(socket, &message, message_length(count), &uffd, 1);
}

/* A message as it comes. */
struct arrival {
	int socket;
	bool stream; /* otherwise it comes in one piece or not at all */
	int fd;      /* -1: not yet */
	size_t have; /* bytes of the message */
	struct peer_message message;
};

/* Receives until there are length bytes. Of a stream what comes behind the message is not ours. */
static int arrive(struct arrival *a, size_t length)
{
	while (a->have < length) {
		size_t most = (a->stream ? length : sizeof(a->message)) - a->have;
		uint32_t count = a->fd < 0;
		int fd = -1;
		int64_t n;

		if (a->have && !a->stream)
			return -EPROTO;
		n = uffd_fdpass_receive(a->socket, (char *)&a->message + a->have, most, &fd,
					&count);
		if (n < 0)
			return (int)n;
		if (n == 0)
			return -ECONNRESET;
		if (count)
			a->fd = fd;
		a->have += (size_t)n;
	}
	return 0;
}

static int receive_header(struct arrival *a, uint32_t fit)
{
	const struct peer_header *header = &a->message.header;
	int ret = arrive(a, sizeof(*header));

	if (ret < 0)
		return ret;
	if (header->magic != PEER_MAGIC || header->format != PEER_FORMAT || !header->count ||
	    header->count > LIBUFFD_PEER_REGIONS_MAX)
		return -EPROTO;
	if (a->fd < 0)
		return -ENOMSG;
	ret = inspect_userfaultfd(a->fd);
	if (ret < 0)
		return ret;
	return header->count > fit ? -E2BIG : 0;
}

static int receive_message(struct arrival *a, uint32_t fit)
{
	const struct peer_message *message = &a->message;
	int ret = receive_header(a, fit);

	if (ret == 0)
		ret = arrive(a, message_length(message->header.count));
	if (ret < 0)
		return ret;
	if (a->have != message_length(message->header.count))
		return -EPROTO;
	return uffd_peer_check(message->regions, message->header.count, UINT64_MAX, NULL);
}

int uffd_peer_receive(int socket, int *uffd, uint64_t *features, struct uffd_peer_region *regions,
		      uint32_t *count)
{
	struct arrival a = {.socket = socket, .fd = -1};
	int type, ret;
	socklen_t size = sizeof(type);

	if (!uffd || !features || !regions || !count)
		return -EINVAL;
	if (getsockopt(socket, SOL_SOCKET, SO_TYPE, &type, &size) < 0)
		return -errno;
	a.stream = type == SOCK_STREAM;
	ret = receive_message(&a, *count);
	if (ret < 0) {
		if (a.fd >= 0)
			close(a.fd);
		return ret;
	}
	*uffd = a.fd;
	*features = a.message.header.features;
	*count = a.message.header.count;
	memcpy(regions, a.message.regions, *count * sizeof(*regions));
	return 0;
}
