/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the threads that write, and which pages they have written.
 * Must never: learn that anybody watches.
 *
 * Each write adds one to the first word of a page, so that the word tells how often that was.
 */
#ifndef EXAMPLES_RATE_WRITERS_H
#define EXAMPLES_RATE_WRITERS_H

#include <pthread.h>
#include <stdatomic.h>

#include "arena.h"
#include "options.h"

struct writers {
	const struct rate_options *options;
	const struct arena *arena;
	_Atomic uint64_t *written; /* a bit a page */
	_Atomic uint64_t writes;   /* of those that have ended */
	atomic_bool stop;
	uint64_t started; /* threads */
	struct writer *threads;
};

/* 0, or -1 and it has said why; nothing runs then. */
int writers_start(struct writers *w, const struct rate_options *options, const struct arena *arena);
/* Returns when none of them writes any more. */
void writers_stop(struct writers *w);
void writers_free(struct writers *w);

/* Whether the page was ever written. Good when they have stopped. */
bool writers_wrote(const struct writers *w, uint64_t page);

/* What the first word of a page is just now. */
uint64_t page_word(const struct arena *arena, uint64_t page);

#endif
