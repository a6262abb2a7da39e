/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the memory that is written to, of each kind.
 * Must never: touch it: a page is as it is until a writer comes.
 */
#ifndef EXAMPLES_RATE_ARENA_H
#define EXAMPLES_RATE_ARENA_H

#include "options.h"

struct arena {
	unsigned char *mem;
	uint64_t size;
	uint64_t page_size;
	uint64_t pages;
};

/* 0, or -1 and it has said why. */
int arena_map(struct arena *a, const struct rate_options *options);
void arena_unmap(struct arena *a);

#endif
