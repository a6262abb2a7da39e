/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a disk kept busy by io_uring.
 * Must never: take a short read for a whole one.
 */
#include <liburing.h>
#include <string.h>

#include "restore_disk.h"
#include "util.h"

static void submit(struct io_uring *ring, const struct disk_job *job, size_t piece, size_t buffer)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);
	const struct disk_piece *p = &job->pieces[piece];

	if (!sqe)
		fatal("disk: the ring is full");
	io_uring_prep_read(sqe, job->fd, job->buffers[buffer], (unsigned int)p->length, p->offset);
	io_uring_sqe_set_data64(sqe, piece << 8 | buffer);
}

static size_t finish(const struct disk_job *job, const struct io_uring_cqe *cqe)
{
	uint64_t tag = io_uring_cqe_get_data64(cqe);
	const struct disk_piece *p = &job->pieces[tag >> 8];
	size_t buffer = tag & 0xff;

	if (cqe->res != (int)p->length)
		fatal("disk: a read of %zu bytes answered %d", (size_t)p->length, cqe->res);
	job->check(p, job->buffers[buffer]);
	return buffer;
}

int disk_read(const struct disk_job *job)
{
	size_t next = 0, done = 0;
	struct io_uring ring;
	int error = io_uring_queue_init(DISK_DEPTH, &ring, 0);

	if (error)
		return error;
	for (; next < job->count && next < DISK_DEPTH; next++)
		submit(&ring, job, next, next);
	while (done < job->count) {
		struct io_uring_cqe *cqe;

		error = io_uring_submit_and_wait(&ring, 1);
		if (error < 0)
			fatal("disk: io_uring: %s", strerror(-error));
		while (io_uring_peek_cqe(&ring, &cqe) == 0) {
			size_t buffer = finish(job, cqe);

			io_uring_cqe_seen(&ring, cqe);
			done++;
			if (next < job->count)
				submit(&ring, job, next++, buffer);
		}
	}
	io_uring_queue_exit(&ring);
	return 0;
}
