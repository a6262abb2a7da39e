/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how much of io_uring works here, each piece tried on a ring of its own.
 * Must never: wait without an end for a kernel that does not answer.
 */
#include <errno.h>
#include <fcntl.h>
#include <liburing.h>
#include <poll.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "machine.h"

#define OP_READ_MULTISHOT 49 /* IORING_OP_READ_MULTISHOT, 6.7; an enumerator, so no #ifndef */
#define BUFFER_SIZE       256
#define BUFFERS           2
#define GROUP             1

static int try_setup(unsigned int flags)
{
	struct io_uring ring;
	int ret = io_uring_queue_init(4, &ring, flags);

	if (ret < 0)
		return ret;
	io_uring_queue_exit(&ring);
	return 1;
}

/* A request that shall answer at once and stay: 1 if it did. */
static int answers_and_stays(struct io_uring *ring)
{
	struct __kernel_timespec second = {.tv_sec = 1};
	struct io_uring_cqe *cqe;
	int ret = io_uring_wait_cqe_timeout(ring, &cqe, &second);

	if (ret < 0)
		return ret == -ETIME ? 0 : ret;
	ret = cqe->res < 0 ? cqe->res : cqe->res > 0 && (cqe->flags & IORING_CQE_F_MORE);
	io_uring_cqe_seen(ring, cqe);
	return ret;
}

static int poll_multishot(struct io_uring *ring, int fd)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	int ret;

	io_uring_prep_poll_multishot(sqe, fd, POLLIN);
	ret = io_uring_submit(ring);
	return ret < 0 ? ret : answers_and_stays(ring);
}

struct buffers {
	struct io_uring_buf_ring *ring;
	size_t length;
};

static int buffers_register(struct io_uring *ring, struct buffers *b)
{
	struct io_uring_buf_reg reg = {.ring_entries = BUFFERS, .bgid = GROUP};
	uint8_t *data;
	int ret;

	b->length = (size_t)sysconf(_SC_PAGESIZE);
	b->ring = mmap(NULL, b->length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (b->ring == MAP_FAILED)
		return -errno;
	reg.ring_addr = (uintptr_t)b->ring;
	ret = io_uring_register_buf_ring(ring, &reg, 0);
	if (ret < 0) {
		munmap(b->ring, b->length);
		return ret;
	}
	/* The buffers share the page with the ring, whose entries are at its head. */
	data = (uint8_t *)b->ring + b->length / 2;
	io_uring_buf_ring_init(b->ring);
	for (int i = 0; i < BUFFERS; i++)
		io_uring_buf_ring_add(b->ring, data + i * BUFFER_SIZE, BUFFER_SIZE,
				      (unsigned short)i, io_uring_buf_ring_mask(BUFFERS), i);
	io_uring_buf_ring_advance(b->ring, BUFFERS);
	return 1;
}

static int read_multishot(struct io_uring *ring, int fd)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	int ret;

	/* By hand: liburing has no helper before 2.6, and a wrong one before 2.7. */
	io_uring_prep_rw(OP_READ_MULTISHOT, sqe, fd, NULL, 0, 0);
	sqe->flags = IOSQE_BUFFER_SELECT;
	sqe->buf_group = GROUP;
	ret = io_uring_submit(ring);
	return ret < 0 ? ret : answers_and_stays(ring);
}

/* A ring for one trial, with buffers if it wants them, on a descriptor that is readable. */
static int try_on(int fd, bool wants_buffers, int (*trial)(struct io_uring *ring, int fd))
{
	struct io_uring ring;
	struct buffers b;
	int ret = io_uring_queue_init(4, &ring, 0);

	if (ret < 0)
		return ret;
	if (wants_buffers)
		ret = buffers_register(&ring, &b);
	if (ret < 0)
		wants_buffers = false;
	else if (trial)
		ret = trial(&ring, fd);
	io_uring_queue_exit(&ring);
	if (wants_buffers)
		munmap(b.ring, b.length);
	return ret;
}

static int try_on_pipe(bool wants_buffers, int (*trial)(struct io_uring *ring, int fd))
{
	int ends[2];
	int ret = 0;

	if (pipe2(ends, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	if (write(ends[1], "x", 1) == 1)
		ret = try_on(ends[0], wants_buffers, trial);
	close(ends[0]);
	close(ends[1]);
	return ret;
}

static void *touch(void *page)
{
	(void)*(volatile uint8_t *)page;
	return NULL;
}

static int try_on_fault(int uffd, uint8_t *page, uint64_t length)
{
	struct pollfd readable = {.fd = uffd, .events = POLLIN};
	pthread_t toucher;
	int ret = uffd_raw_register(uffd, (uintptr_t)page, length, UFFDIO_REGISTER_MODE_MISSING,
				    NULL);

	if (ret < 0)
		return ret;
	ret = -pthread_create(&toucher, NULL, touch, page);
	if (ret < 0)
		return ret;
	if (poll(&readable, 1, 1000) == 1)
		ret = try_on(uffd, true, read_multishot);
	/* Wakes the thread in every case: what is no longer registered cannot be waited for. */
	uffd_raw_unregister(uffd, (uintptr_t)page, length);
	pthread_join(toucher, NULL);
	return ret;
}

/* A fault's message through READ_MULTISHOT: needs a userfaultfd that reads without blocking. */
static int try_on_uffd(void)
{
	uint64_t length = (uint64_t)sysconf(_SC_PAGESIZE);
	int flags = O_CLOEXEC | O_NONBLOCK;
	int uffd = uffd_raw_open_syscall(flags | UFFD_USER_MODE_ONLY);
	uint8_t *page;
	int ret;

	if (uffd < 0)
		uffd = uffd_raw_open(flags, NULL);
	if (uffd < 0)
		return uffd;
	page = mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (page == MAP_FAILED) {
		ret = -errno;
	} else {
		ret = uffd_raw_api(uffd, 0, NULL, NULL);
		if (ret == 0)
			ret = try_on_fault(uffd, page, length);
		munmap(page, length);
	}
	close(uffd);
	return ret;
}

void uring_ask(struct uring_level *u)
{
	u->compiled = true;
	u->setup = try_setup(0);
	if (u->setup < 0) {
		u->poll_multishot = u->read_multishot = u->read_uffd = u->setup;
		u->buffer_rings = u->defer_taskrun = u->setup;
		return;
	}
	u->poll_multishot = try_on_pipe(false, poll_multishot);
	u->buffer_rings = try_on(-1, true, NULL);
	u->read_multishot = try_on_pipe(true, read_multishot);
	u->read_uffd = try_on_uffd();
	u->defer_taskrun = try_setup(IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN);
}
