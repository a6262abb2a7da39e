/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the guest's memory: one or several regions of it in this process, and where a frame is.
 * Must never: touch it.
 *
 * Frames are numbered as in the snapshot file. A unit is what the kernel brings and throws away at
 * once: a page, of 4 KiB or 2 MiB. Between the regions there is nothing, or, at every second
 * border, a unit that belongs to no region: neither does an address tell an offset, nor does a
 * range that goes across a border stay in one mapping.
 */
#ifndef SERVE_VMM_MEMORY_H
#define SERVE_VMM_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

#include "content.h"

#define REGIONS_MAX 16

struct region {
	char *at;
	uint64_t length; /* bytes */
	uint64_t offset; /* in the snapshot file, bytes */
};

struct memory {
	struct region regions[REGIONS_MAX];
	unsigned int count;
	uint64_t unit;   /* bytes */
	uint64_t frames; /* in all */
	char *at;        /* of everything, with what is between regions */
	uint64_t length;
};

/* 0; -1: the reason was said; EXIT_SKIP, too: the machine has no pages of that size to give. */
int memory_map(struct memory *memory, uint64_t size, uint64_t unit, unsigned int regions);
void memory_unmap(struct memory *memory);

uint64_t memory_units(const struct memory *memory);
uint64_t memory_unit_of(const struct memory *memory, uint64_t frame);
uint64_t *memory_frame(const struct memory *memory, uint64_t frame);
char *memory_unit(const struct memory *memory, uint64_t unit);
/* The unit at an address in [at, at + length); false: it belongs to no region. */
bool memory_unit_at(const struct memory *memory, const char *address, uint64_t *unit);

#endif
