/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a guest at rest, as two files: PATH.mem, its memory, and PATH.state, a header and the
 * registers. Holes of the memory file are pages of zeros, or, in a diff, what has not changed since
 * the snapshot below it (layers.h). So a diff keeps zeros as data, and a file system that makes
 * holes of zeros by itself cannot hold one.
 * Must never: believe a file.
 *
 * A function that fails has said why, and returns -1.
 */
#ifndef EXAMPLES_VM_SNAPSHOT_H
#define EXAMPLES_VM_SNAPSHOT_H

#include <limits.h>
#include <stdint.h>

#include "guest.h"

/* Raise it with every change of the header, of layout.h or of pattern.h. */
#define SNAPSHOT_VERSION 3

/* Memory comes in multiples of this: bytes, a multiple of every machine's page size. */
#define SNAPSHOT_GRANULE (UINT64_C(1) << 20)

struct snapshot {
	char memory_path[PATH_MAX];
	char state_path[PATH_MAX];
	uint64_t memory_size;   /* bytes */
	uint64_t memory_data;   /* bytes of it that are no holes; set by writing */
	struct pattern pattern; /* of generation 0 it is a base, of a later one a diff */
	struct guest_cpu cpu;
};

/* Whether a part of memory, whole pages, goes into the file: 1, 0, or a negative errno. */
typedef int (*snapshot_keep_fn)(const void *part, uint64_t offset, uint64_t length, void *user);
/* What is not zero. */
int snapshot_keep_data(const void *part, uint64_t offset, uint64_t length, void *user);

/* The two paths. */
int snapshot_name(struct snapshot *snapshot, const char *path);
/* Writes both files, or none: on an error or a signal (util.h) it removes them. */
int snapshot_write(struct snapshot *snapshot, const void *memory, snapshot_keep_fn keep,
		   void *user);
/* Reads the state and looks whether the memory file is as long as it says. */
int snapshot_load(struct snapshot *snapshot);
/* For whoever has written the memory file: the other one, which comes last. */
int snapshot_write_state(const struct snapshot *snapshot);
void snapshot_remove(const struct snapshot *snapshot);

#endif
