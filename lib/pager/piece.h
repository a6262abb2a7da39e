/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: into which pieces a claimed run is cut, and in which way each of them comes.
 * Must never: read from a source, or install.
 */
#ifndef PAGER_PIECE_H
#define PAGER_PIECE_H

#include "pager/pager.h"

/* A run of pages that come in the same way. */
struct piece {
	struct page_run run;
	uint32_t how;
	bool zero;             /* nothing to read */
	bool present;          /* nothing to read: the program had it before */
	const uint8_t *direct; /* nothing to read: it is in memory */
};

/* What [first, end), which is claimed, begins with, in whole pages. 0, or the source's error. */
int piece_next(struct uffd_region *r, uint64_t first, uint64_t end, struct piece *p);

#endif
