/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See uring.h: the ring itself. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "loop/uring.h"

#define RING_ENTRIES 256u  /* what is begun between two waits; more is begun at once */
#define COMPLETIONS  4096u /* more than reads and messages can be under way */
#define BUFFERS      16u   /* a power of two */

void uring_give_buffer(struct poller *p, unsigned int id)
{
	io_uring_buf_ring_add(p->buf_ring, p->buffers[id], sizeof(p->buffers[id]),
			      (unsigned short)id, io_uring_buf_ring_mask(BUFFERS), 0);
	io_uring_buf_ring_advance(p->buf_ring, 1);
}

static int make_buffers(struct poller *p)
{
	struct io_uring_buf_reg reg = {.ring_entries = BUFFERS, .bgid = BUFFER_GROUP};
	int ret;

	p->buf_ring_size = BUFFERS * sizeof(struct io_uring_buf) + sizeof(*p->buffers) * BUFFERS;
	p->buf_ring = mmap(NULL, p->buf_ring_size, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p->buf_ring == MAP_FAILED) {
		p->buf_ring = NULL;
		return -ENOMEM;
	}
	p->buffers = (void *)((char *)p->buf_ring + BUFFERS * sizeof(struct io_uring_buf));
	reg.ring_addr = (uint64_t)(uintptr_t)p->buf_ring;
	ret = io_uring_register_buf_ring(&p->ring, &reg, 0);
	if (ret < 0)
		return ret;
	io_uring_buf_ring_init(p->buf_ring);
	for (unsigned int i = 0; i < BUFFERS; i++)
		uring_give_buffer(p, i);
	return 0;
}

static bool has_read_multishot(struct io_uring *ring)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
	bool has = probe && io_uring_opcode_supported(probe, OP_READ_MULTISHOT);

	io_uring_free_probe(probe);
	return has;
}

void uring_unmake(struct poller *p)
{
	if (p->made)
		io_uring_queue_exit(&p->ring);
	if (p->buf_ring)
		munmap(p->buf_ring, p->buf_ring_size);
	p->buf_ring = NULL;
	p->made = false;
	p->armed = false;
	p->cancelled = false;
	p->asks_for_faults = false;
	p->asks_for_wake = false;
	p->outstanding = 0;
	p->reads = 0;
}

/*
 * DEFER_TASKRUN (6.1): completions are made only when this thread enters the kernel for them, so
 * a message is taken from the userfaultfd when the loop asks, not while it is at work elsewhere.
 * The ring stays disabled until arm(), in the thread that will be its single issuer.
 */
int uring_make(struct poller *p)
{
	static const unsigned int flags[] = {
		IORING_SETUP_R_DISABLED | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN,
		IORING_SETUP_R_DISABLED | IORING_SETUP_COOP_TASKRUN,
		IORING_SETUP_R_DISABLED,
	};
	int ret = -EINVAL;

	for (unsigned int i = 0; i < 3 && ret == -EINVAL; i++) {
		struct io_uring_params params = {
			.flags = flags[i] | IORING_SETUP_CQSIZE,
			.cq_entries = COMPLETIONS,
		};

		ret = io_uring_queue_init_params(RING_ENTRIES, &p->ring, &params);
	}
	if (ret < 0)
		return ret;
	p->made = true;
	p->current = -1;
	/* Without read_iter on userfaultfd (before 6.10) the read would block a worker: POLL then.
	 */
	p->multishot = !p->target.events && has_read_multishot(&p->ring) && make_buffers(p) == 0;
	return 0;
}

/* liburing 2.3 declares io_uring_enable_rings() and does not export it. */
int uring_enable(struct poller *p)
{
	long ret = syscall(SYS_io_uring_register, p->ring.ring_fd, IORING_REGISTER_ENABLE_RINGS,
			   NULL, 0);

	return ret < 0 ? -errno : 0;
}

struct io_uring_sqe *uring_request(struct poller *p)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&p->ring);

	if (!sqe) {
		io_uring_submit(&p->ring);
		sqe = io_uring_get_sqe(&p->ring);
	}
	if (!sqe)
		return NULL;
	memset(sqe, 0, sizeof(*sqe));
	p->outstanding++;
	return sqe;
}
