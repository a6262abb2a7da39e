/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * See events.h. What the library asks of the machine: the ioctls of lib/kernel/raw.c come here, and
 * the kernel of events_kernel.c answers them. Who waits does not sleep: the reader reads, and the
 * program goes on.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <uffd/raw.h>

#include "events.h"
#include "kernel/inspect.h"
#include "loop/loop.h"
#include "memory/patience.h"
#include "memory/region.h"

static int events_ioctl(int fd, unsigned long request, void *arg);
static ssize_t events_read(int fd, void *messages, size_t bytes);
static ssize_t events_preadv2(int fd, const struct iovec *iov, int count, off_t offset, int flags);

#define ioctl   events_ioctl
#define read    events_read
#define preadv2 events_preadv2
#include "kernel/raw.c" /* NOLINT(bugprone-suspicious-include) */
#undef ioctl
#undef read
#undef preadv2

static struct uffd_loop *reader;

void links_set_loop(struct uffd_loop *loop)
{
	reader = loop;
}

static void must_be_a_range(uint64_t start, uint64_t length)
{
	MUST(length && !((start | length) & (CELL - 1)) && start + length > start);
}

static int answer(int ret)
{
	errno = ret < 0 ? -ret : errno;
	return ret < 0 ? -1 : 0;
}

/* As Linux does: what was done goes to the field, and less than all of it is EAGAIN. */
static int fill(uint64_t start, uint64_t length, enum fill how, uint64_t src, __s64 *field)
{
	must_be_a_range(start, length);
	*field = kernel_fill(start, length, how, src);
	if (*field < 0)
		return answer((int)*field);
	return answer((uint64_t)*field < length ? -EAGAIN : 0);
}

/* Content lies where no memory is; what can be read are zeros. */
static int copy(struct uffdio_copy *c)
{
	const uint8_t *src = (const void *)(uintptr_t)c->src;
	bool content = false;

	MUST(!c->mode);
	for (const struct model *m = models; m < models + REGIONS; m++)
		content |= m->pages && c->src - m->content < m->pages << m->shift;
	if (!content)
		MUST(src[0] == 0 && src[c->len - 1] == 0);
	return fill(c->dst, c->len, content ? FILL_COPY : FILL_ZERO, content ? c->src : 0,
		    &c->copy);
}

static int events_ioctl(int fd, unsigned long request, void *arg)
{
	struct uffdio_range *range = arg;
	struct uffdio_zeropage *zero = arg;
	struct uffdio_continue *cont = arg;
	struct uffdio_poison *poison = arg;

	if (request == UFFDIO_COPY) {
		MUST(fd == UFFD);
		return copy(arg);
	}
	must_be_a_range(range->start, range->len);
	if (fd == CHILD_FD && request == UFFDIO_WRITEPROTECT)
		return answer(-ENOENT); /* is its owner there? It is, and has nothing there */
	if (fd == CHILD_FD) {
		MUST(request == UFFDIO_WAKE || request == UFFDIO_UNREGISTER);
		if (request == UFFDIO_UNREGISTER)
			child_unregister(range->start, range->len);
		return 0;
	}
	MUST(fd == UFFD);
	switch (request) {
	case UFFDIO_ZEROPAGE:
		MUST(!zero->mode);
		return fill(range->start, range->len, FILL_ZERO, 0, &zero->zeropage);
	case UFFDIO_CONTINUE:
		MUST(!cont->mode);
		return fill(range->start, range->len, FILL_CONTINUE, 0, &cont->mapped);
	case UFFDIO_POISON:
		MUST(!poison->mode);
		return fill(range->start, range->len, FILL_POISON, 0, &poison->updated);
	case UFFDIO_WAKE:
		kernel_wake(range->start, range->len);
		return 0;
	case UFFDIO_UNREGISTER:
		kernel_unregister(range->start, range->len);
		return 0;
	case UFFDIO_REGISTER:
		kernel_register(range->start, range->len);
		return 0;
	}
	__builtin_trap();
}

static ssize_t events_preadv2(int fd, const struct iovec *iov, int count, off_t offset, int flags)
{
	MUST(count == 1 && offset == -1 && flags == RWF_NOWAIT);
	return events_read(fd, iov->iov_base, iov->iov_len);
}

static ssize_t events_read(int fd, void *messages, size_t bytes)
{
	unsigned int n = kernel_read(messages, (unsigned int)(bytes / sizeof(struct uffd_msg)));

	MUST(fd == UFFD);
	return n ? (ssize_t)(n * sizeof(struct uffd_msg)) : answer(-EAGAIN);
}

/* In place of lib/memory/patience.c. */
int patience_wait(struct uffd_region *r, struct patience *p)
{
	(void)p;
	if (kernel_may_fail() && take() % 4 == 0)
		return -EAGAIN;
	if (reader && r->ctx->reader_ops)
		r->ctx->reader_ops->drain(r->ctx->reader);
	kernel_step();
	return 0;
}

/* In place of the rest of lib/kernel. */

int inspect_userfaultfd(int fd)
{
	MUST(fd == UFFD || fd == CHILD_FD);
	return O_RDWR | O_NONBLOCK;
}

int uffd_raw_open(int flags, struct uffd_open_report *report)
{
	(void)flags;
	(void)report;
	__builtin_trap();
}

int uffd_raw_features(uint64_t *features)
{
	(void)features;
	__builtin_trap();
}

int64_t uffd_raw_pagemap_scan(int pagemap_fd, struct pm_scan_arg *arg)
{
	(void)pagemap_fd;
	(void)arg;
	__builtin_trap();
}

/* In place of the pollers: there is always something to be looked for, and nothing to wait for. */

static int nothing(struct poller *poller)
{
	(void)poller;
	return 0;
}

static void no_more(struct poller *poller)
{
	(void)poller;
}

static int open_poller(struct poller **poller, const struct poller_target *target)
{
	MUST(target->uffd == UFFD && target->events);
	*poller = NULL;
	return 0;
}

static int wait_for(struct poller *poller, int64_t timeout)
{
	(void)poller;
	MUST(timeout == 0);
	return 0;
}

static bool no_multishot(const struct poller *poller)
{
	(void)poller;
	return false;
}

const struct poller_ops poller_poll = {
	.kind = LIBUFFD_POLLER_POLL,
	.open = open_poller,
	.close = no_more,
	.arm = nothing,
	.disarm = nothing,
	.look = nothing,
	.forget = no_more,
	.wait = wait_for,
	.kick = no_more,
	.fd = nothing,
	.flush = no_more,
	.multishot = no_multishot,
};

const struct poller_ops poller_uring = {.open = open_poller};
