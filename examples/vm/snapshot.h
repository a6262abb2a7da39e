/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a guest at rest, as two files: PATH.mem, its memory, where pages of zeros are holes, and
 * PATH.state, a header and the registers.
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
#define SNAPSHOT_VERSION 1

/* Memory comes in multiples of this: bytes, a multiple of every machine's page size. */
#define SNAPSHOT_GRANULE (UINT64_C(1) << 20)

struct snapshot {
	char memory_path[PATH_MAX];
	char state_path[PATH_MAX];
	uint64_t memory_size; /* bytes */
	uint64_t memory_data; /* bytes of it that are no holes; set by writing */
	uint64_t seed;        /* of the pattern */
	struct guest_cpu cpu;
};

/* The two paths. */
int snapshot_name(struct snapshot *snapshot, const char *path);
/* Writes both files, or none: on an error or a signal (util.h) it removes them. */
int snapshot_write(struct snapshot *snapshot, const void *memory);
/* Reads the state and looks whether the memory file is as long as it says. */
int snapshot_read(struct snapshot *snapshot);
void snapshot_remove(const struct snapshot *snapshot);

#endif
