/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the memory of a counting guest holds, and how it is looked at.
 * Must never: be changed without raising SNAPSHOT_VERSION.
 *
 * The host fills the memory with the pattern of generation 0 and leaves three words of each page to
 * the guest, as it always does (pattern.h). The guest counts in these: it writes 1 to all of them,
 * in order of address, then 2, and so on. So in any one instant they are some n, up to one of them,
 * and n - 1 from there on; and where in memory that is tells where the guest was. It needs nothing
 * else to go on from there. Before it writes a word it looks whether n - 1 is in it.
 */
#ifndef EXAMPLES_VM_COUNT_H
#define EXAMPLES_VM_COUNT_H

#include <stdbool.h>
#include <stdint.h>

#include "pattern.h"

/* Where a counting guest was. */
struct count {
	uint64_t newest;   /* what it was writing */
	uint64_t page;     /* ... it has written up to here ... */
	unsigned int word; /* ... but for this word; page the number of all pages: everywhere */
};

/* Looks at every byte of every page but the machine's own: is it of one instant? If not, where. */
bool count_verify(const void *memory, uint64_t size, const struct pattern *pattern,
		  struct count *count, struct pattern_place *bad);

#endif
