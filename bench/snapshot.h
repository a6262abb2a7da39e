/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a file like the memory of a machine at rest, on a disk: runs of data with holes between
 * them, and whether it is in the page cache.
 * Must never: leave a file behind. It has no name from the start.
 */
#ifndef BENCH_SNAPSHOT_H
#define BENCH_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bench.h"

/* Pages of data; what lies between two runs is a hole. */
struct snapshot_run {
	uint64_t offset;
	uint64_t length;
};

struct snapshot {
	const char *bench; /* who says what is wrong */
	int fd;
	int direct; /* the same opened O_DIRECT; -1: its file system has none */
	uint64_t length;
	size_t pages;
	size_t data_pages;
	bool *data; /* of each page: is it data */
	struct snapshot_run *runs;
	size_t run_count;
	bool drop; /* this process may empty the whole page cache, and shall */
};

/* Where files go: --dir, $TMPDIR or /tmp. */
const char *snapshot_directory(const struct options *o);
/*
 * Makes it, with one page in three in a hole, or all of it data. False, and says why, where the
 * directory is not one of a disk.
 */
bool snapshot_make(struct snapshot *s, const char *bench, const struct options *o, uint64_t length,
		   bool holes);
void snapshot_free(struct snapshot *s);

/* A path to an open file that has no name; size 32. */
void descriptor_path(char *path, size_t size, int fd);

/* Nothing of it in the page cache: neither of the file nor, if there is one, of another. */
void snapshot_cold(const struct snapshot *s, int other);
/* All of it in the page cache. */
void snapshot_warm(const struct snapshot *s);

/* The first word of a page as a thread must see it. */
uint64_t snapshot_word(const struct snapshot *s, size_t page);
/* Fills memory with the content. */
void snapshot_fill(const struct snapshot *s, void *memory);
/* Every byte of that many pages, or the end of the program. */
void snapshot_verify(const struct snapshot *s, const char *who, const uint8_t *memory,
		     const uint32_t *order, size_t count);

#endif
