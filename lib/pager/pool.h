/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a few threads that read where the loop has no ring to read with, or a source that only
 * reads at once.
 * Must never: be started in the reader's thread (pthread_create() allocates), or have all its
 * threads in background reads when somebody waits for another.
 */
#ifndef PAGER_POOL_H
#define PAGER_POOL_H

#include <pthread.h>
#include <stdbool.h>

#define POOL_THREADS    8u
#define POOL_BACKGROUND 6u /* at most, that are in a background read */

struct uffd_read;

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct uffd_read *waited, **waited_end; /* first in, first out */
	struct uffd_read *background, **background_end;
	pthread_t threads[POOL_THREADS];
	unsigned int count;
	unsigned int in_background;
	_Atomic bool running;
	bool ending;
};

void pool_init(struct pool *pool);
/* Starts its threads, if it has none. Without any pool_add() answers false. Not in a callback. */
void pool_start(struct pool *pool);
/* Nothing is queued: joins them. */
void pool_fini(struct pool *pool);
/* False: it has no threads. */
bool pool_add(struct pool *pool, struct uffd_read *read, bool background);

#endif
