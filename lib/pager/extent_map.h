/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a file has data for and what are holes, by lseek(2), and the last answer, which saves
 * most of the calls: faults fall in extents.
 * Must never: take the end of a file that has shrunk for a hole.
 */
#ifndef PAGER_EXTENT_MAP_H
#define PAGER_EXTENT_MAP_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct extent_map {
	bool sparse; /* it can have holes at all */
	/* The last extent, under a sequence count: odd while it is written. */
	_Atomic uint32_t sequence;
	_Atomic uint64_t start;
	_Atomic uint64_t end;
	_Atomic bool zero;
};

void extent_map_init(struct extent_map *m, bool sparse);

/* As struct uffd_source_ops.map, of a file of length bytes. Any thread. */
int64_t extent_map_ask(struct extent_map *m, int fd, uint64_t file_length, uint64_t offset,
		       uint64_t length, int *zero);

#endif
