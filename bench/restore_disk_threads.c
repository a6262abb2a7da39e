/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a disk kept busy by threads, where io_uring is not compiled in.
 * Must never: take a short read for a whole one.
 */
#include <stdatomic.h>
#include <unistd.h>

#include "restore_disk.h"
#include "util.h"

struct shared {
	const struct disk_job *job;
	_Atomic size_t next;
	_Atomic size_t buffer;
};

static void *read_pieces(void *arg)
{
	struct shared *s = arg;
	const struct disk_job *job = s->job;
	uint8_t *buffer = job->buffers[atomic_fetch_add(&s->buffer, 1)];

	for (;;) {
		size_t i = atomic_fetch_add(&s->next, 1);
		const struct disk_piece *p = &job->pieces[i];

		if (i >= job->count)
			return NULL;
		if (pread(job->fd, buffer, p->length, (off_t)p->offset) != (ssize_t)p->length)
			fatal("disk: reading %zu bytes: %m", (size_t)p->length);
		job->check(p, buffer);
	}
}

int disk_read(const struct disk_job *job)
{
	struct shared s = {.job = job};
	pthread_t threads[DISK_DEPTH];

	for (size_t i = 0; i < DISK_DEPTH; i++)
		threads[i] = start_thread(-1, read_pieces, &s);
	for (size_t i = 0; i < DISK_DEPTH; i++)
		join_thread(threads[i]);
	return 0;
}
