/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: io_uring for the tests of the kernel's behaviour. */
#include "uring.h"

#define PATIENCE_S 10

static void skip_without_read_multishot(struct io_uring *ring)
{
	struct io_uring_probe *probe = io_uring_get_probe_ring(ring);
	int has = probe && io_uring_opcode_supported(probe, IORING_OP_READ_MULTISHOT);

	io_uring_free_probe(probe);
	if (!has)
		test_skip("the kernel has no READ_MULTISHOT");
}

static void provide_ring(struct uring *u)
{
	struct io_uring_buf_reg reg = {.ring_entries = URING_BUFFERS};
	int ret;

	u->buffers_size = URING_BUFFERS * sizeof(struct io_uring_buf);
	u->buffers = mmap(NULL, u->buffers_size, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ck_assert_ptr_ne(u->buffers, MAP_FAILED);
	io_uring_buf_ring_init(u->buffers);
	reg.ring_addr = (uintptr_t)u->buffers;
	ret = io_uring_register_buf_ring(&u->ring, &reg, 0);
	if (ret)
		test_skip("no rings of provided buffers: %s", strerror(-ret));
}

void uring_make(struct uring *u, unsigned int flags, size_t buffer_size)
{
	struct io_uring_params params = {.flags = flags, .sq_thread_idle = 50};
	int ret = io_uring_queue_init_params(32, &u->ring, &params);

	if (ret)
		test_skip("io_uring_setup, flags 0x%x: %s", flags, strerror(-ret));
	skip_without_read_multishot(&u->ring);
	provide_ring(u);
	u->size = buffer_size;
	u->memory = calloc(URING_BUFFERS, buffer_size);
	ck_assert_ptr_nonnull(u->memory);
}

void uring_free(struct uring *u)
{
	io_uring_queue_exit(&u->ring);
	munmap(u->buffers, u->buffers_size);
	free(u->memory);
}

void uring_free_all(struct uring *u, size_t count)
{
	for (size_t k = 0; k < count; k++)
		uring_free(&u[k]);
}

void uring_provide(struct uring *u, unsigned int buffer)
{
	io_uring_buf_ring_add(u->buffers, u->memory + buffer * u->size, (unsigned int)u->size,
			      (unsigned short)buffer, io_uring_buf_ring_mask(URING_BUFFERS), 0);
	io_uring_buf_ring_advance(u->buffers, 1);
}

void uring_prepare(struct uring *u, int fd, uint64_t user_data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&u->ring);

	ck_assert_ptr_nonnull(sqe);
	memset(sqe, 0, sizeof(*sqe));
	sqe->opcode = IORING_OP_READ_MULTISHOT;
	sqe->flags = IOSQE_BUFFER_SELECT;
	sqe->fd = fd;
	sqe->user_data = user_data;
}

void uring_arm(struct uring *u, int fd, uint64_t user_data)
{
	uring_prepare(u, fd, user_data);
	ck_assert_int_eq(io_uring_submit(&u->ring), 1);
}

struct completion uring_next(struct uring *u)
{
	struct __kernel_timespec patience = {.tv_sec = PATIENCE_S};
	struct io_uring_cqe *cqe = NULL;
	struct completion copy;
	int ret;

	do {
		ret = io_uring_wait_cqe_timeout(&u->ring, &cqe, &patience);
	} while (ret == -EINTR);
	ck_assert_msg(ret == 0, "no completion came: %s", strerror(-ret));
	copy = (struct completion){cqe->user_data, cqe->res, cqe->flags};
	io_uring_cqe_seen(&u->ring, cqe);
	return copy;
}

void *uring_data(const struct uring *u, const struct completion *cqe)
{
	ck_assert(cqe->flags & IORING_CQE_F_BUFFER);
	return u->memory + (cqe->flags >> IORING_CQE_BUFFER_SHIFT) * u->size;
}

bool uring_idle(struct uring *u)
{
	return io_uring_cq_ready(&u->ring) == 0;
}
