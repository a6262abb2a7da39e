/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* The message of a table as it is on the wire, and its arrival in pieces. */
#ifndef WIRE_H
#define WIRE_H

#include "call.h"
#include "peer.h"

#include <sched.h>

#define WIRE_MAGIC   UINT64_C(0x7566666470656572)
#define WIRE_REGIONS 300u

struct wire {
	uint64_t magic;
	uint32_t format;
	uint32_t count;
	uint64_t features;
	struct uffd_peer_region regions[WIRE_REGIONS];
};

static inline size_t wire_length(uint32_t count)
{
	return 24 + 32 * (size_t)count;
}

/* A userfaultfd to be sent, its handshake done: it needs no privilege. */
static inline int uffd_make(void)
{
	int fd = uffd_raw_open(O_CLOEXEC | O_NONBLOCK | UFFD_USER_MODE_ONLY, NULL);

	if (fd < 0)
		test_skip("no userfaultfd: %s", strerror(-fd));
	ck_assert_int_eq(uffd_raw_api(fd, 0, NULL, NULL), 0);
	return fd;
}

/* Regions of a page size each, one behind the other, none of it special. */
static inline void regions_make(struct uffd_peer_region *regions, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		regions[i] = (struct uffd_peer_region){.address = (i + 1) * UINT64_C(0x40000000),
						       .length = (i + 1) * UINT64_C(0x200000),
						       .offset = i * UINT64_C(0x1000),
						       .page_size = i % 2 ? 0x200000 : 0x1000};
}

static inline struct wire wire_make(uint32_t count)
{
	struct wire w = {
		.magic = WIRE_MAGIC, .format = 1, .count = count, .features = UFFD_FEATURE_POISON};

	regions_make(w.regions, count);
	return w;
}

/* What a receiver gives, and what it was before: nothing of it may change when that fails. */
struct received {
	int uffd;
	uint64_t features;
	uint32_t count;
	struct uffd_peer_region regions[LIBUFFD_PEER_REGIONS_MAX];
};

static inline int table_receive(int socket, struct received *r)
{
	struct received before;
	int ret;

	memset(r, 0x5e, sizeof(*r));
	r->count = LIBUFFD_PEER_REGIONS_MAX;
	before = *r;
	ret = uffd_peer_receive(socket, &r->uffd, &r->features, r->regions, &r->count);
	if (ret < 0)
		ck_assert_msg(!memcmp(&before, r, sizeof(*r)), "a failure has changed the result");
	return ret;
}

static inline void table_is(const struct received *r, const struct wire *w)
{
	ck_assert_uint_eq(r->features, w->features);
	ck_assert_uint_eq(r->count, w->count);
	ck_assert_int_eq(memcmp(r->regions, w->regions, w->count * sizeof(w->regions[0])), 0);
}

/* A receiver in a thread of its own. */
struct receiver {
	struct call call;
	struct received got;
};

static inline long do_receive(struct call *c)
{
	struct received *r = c->at;

	return uffd_peer_receive(c->number, &r->uffd, &r->features, r->regions, &r->count);
}

static inline void receiver_start(struct receiver *r, int socket)
{
	memset(r, 0, sizeof(*r));
	r->got.count = LIBUFFD_PEER_REGIONS_MAX;
	r->call.fn = do_receive;
	r->call.at = &r->got;
	r->call.number = socket;
	call_start(&r->call);
}

/* Waits until the other end has taken everything that was sent, or has given up. */
static inline void wait_taken(int socket, struct receiver *r)
{
	int left;

	do {
		ck_assert_int_eq(ioctl(socket, SIOCOUTQ, &left), 0);
		sched_yield();
	} while (left && !atomic_load(&r->call.done));
}

#endif
