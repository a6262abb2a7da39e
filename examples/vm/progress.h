/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how far something is, as a bar on a terminal, otherwise as a line every 10 %.
 * Must never: print more often than that.
 */
#ifndef EXAMPLES_VM_PROGRESS_H
#define EXAMPLES_VM_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what;
	uint64_t total;
	unsigned int shown; /* percent */
	const char *also;   /* something else that goes on, or NULL ... */
	unsigned int also_percent;
	bool terminal;
};

void progress_begin(struct progress *progress, const char *what, uint64_t total);
void progress_show(struct progress *progress, uint64_t done);
/* What is to be shown beside it from now on. */
void progress_also(struct progress *progress, const char *what, uint64_t done, uint64_t total);
/* The line is free again for other text. */
void progress_end(struct progress *progress);

#endif
