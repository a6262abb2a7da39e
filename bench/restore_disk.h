/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how a disk is kept busy, by io_uring or by threads.
 * Must never: be tuned to lose: it is what the library is held against.
 */
#ifndef BENCH_RESTORE_DISK_H
#define BENCH_RESTORE_DISK_H

#include <stddef.h>
#include <stdint.h>

#define DISK_DEPTH 8

struct disk_piece {
	uint64_t offset;
	uint64_t length;
};

struct disk_job {
	int fd;
	const struct disk_piece *pieces;
	size_t count;
	uint8_t *buffers[DISK_DEPTH];
	/* Looks at what was read. */
	void (*check)(const struct disk_piece *piece, const uint8_t *buffer);
};

/* Reads all pieces, in their order, DISK_DEPTH of them at a time. 0, or a negative errno. */
int disk_read(const struct disk_job *job);

#endif
