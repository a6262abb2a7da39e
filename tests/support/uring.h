/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * An io_uring with a ring of provided buffers, and READ_MULTISHOT by hand: liburing 2.3 has no
 * helper for it. Compiled only where liburing is there.
 */
#ifndef URING_H
#define URING_H

#include "test.h"

#include <liburing.h>

#ifndef IORING_OP_READ_MULTISHOT
#define IORING_OP_READ_MULTISHOT 49
#endif

#define URING_BUFFERS 8

struct uring {
	struct io_uring ring;
	struct io_uring_buf_ring *buffers;
	size_t buffers_size;
	uint8_t *memory; /* buffer k at k * size */
	size_t size;
};
/* flags: IORING_SETUP_*. Skips where the process may not have one, or the kernel lacks the flags or
 * READ_MULTISHOT. No buffer is provided yet. */
void uring_make(struct uring *u, unsigned int flags, size_t buffer_size);
void uring_free(struct uring *u);
/*
 * A test with several rings frees them only at its end: a ring that goes notifies this thread some
 * time later, and that ends a READ_MULTISHOT which is being armed, with EINTR.
 */
void uring_free_all(struct uring *u, size_t count);

void uring_provide(struct uring *u, unsigned int buffer);
/* Fills in a READ_MULTISHOT; uring_arm() submits it too. */
void uring_prepare(struct uring *u, int fd, uint64_t user_data);
void uring_arm(struct uring *u, int fd, uint64_t user_data);

struct completion {
	uint64_t user_data;
	int32_t res;
	uint32_t flags;
};
/* The next completion; fails the test after ten seconds. */
struct completion uring_next(struct uring *u);
/* Where the messages of a completion are. */
void *uring_data(const struct uring *u, const struct completion *cqe);
/* No completion is there to see; does not enter the kernel. */
bool uring_idle(struct uring *u);

#endif
