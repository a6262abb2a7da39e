/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* See pool.h. */
#include "pager/pool.h"

#include <signal.h>
#include <stdlib.h>

#include "pager/pager.h"

void pool_init(struct pool *pool)
{
	pthread_mutex_init(&pool->lock, NULL);
	pthread_cond_init(&pool->more, NULL);
	pool->waited_end = &pool->waited;
	pool->background_end = &pool->background;
}

static struct uffd_read *take(struct uffd_read **first, struct uffd_read ***end)
{
	struct uffd_read *read = *first;

	if (!read)
		return NULL;
	*first = read->next;
	if (!*first)
		*end = first;
	return read;
}

/* The next to be read; NULL when the pool ends. A thread that has done one in the background says so. */
static struct uffd_read *next(struct pool *pool, bool *background)
{
	struct uffd_read *read = NULL;

	pthread_mutex_lock(&pool->lock);
	if (*background && pool->in_background-- == POOL_BACKGROUND && pool->background)
		pthread_cond_signal(&pool->more);
	*background = false;
	while (!(read = take(&pool->waited, &pool->waited_end)) && !pool->ending) {
		if (pool->in_background < POOL_BACKGROUND &&
		    (read = take(&pool->background, &pool->background_end))) {
			*background = true;
			pool->in_background++;
			break;
		}
		pthread_cond_wait(&pool->more, &pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
	return read;
}

static void *thread_main(void *arg)
{
	struct pool *pool = arg;
	struct uffd_read *read;
	bool background = false;

	pthread_setname_np(pthread_self(), "uffd-read");
	while ((read = next(pool, &background))) {
		const struct segment *part = &read->part;

		read->answered(read, part->leaf->ops.read(part->leaf->user, read->to + read->filled,
							  part->length, part->offset));
	}
	return NULL;
}

void pool_start(struct pool *pool)
{
	sigset_t all, before;

	pthread_mutex_lock(&pool->lock);
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	while (pool->count < POOL_THREADS &&
	       pthread_create(&pool->threads[pool->count], NULL, thread_main, pool) == 0)
		pool->count++;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	atomic_store(&pool->running, pool->count > 0);
	pthread_mutex_unlock(&pool->lock);
}

void pool_fini(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	pool->ending = true;
	pthread_cond_broadcast(&pool->more);
	pthread_mutex_unlock(&pool->lock);
	while (pool->count)
		pthread_join(pool->threads[--pool->count], NULL);
	pthread_cond_destroy(&pool->more);
	pthread_mutex_destroy(&pool->lock);
}

bool pool_add(struct pool *pool, struct uffd_read *read, bool background)
{
	if (!atomic_load_explicit(&pool->running, memory_order_relaxed))
		return false;
	pthread_mutex_lock(&pool->lock);
	read->next = NULL;
	if (background) {
		*pool->background_end = read;
		pool->background_end = &read->next;
	} else {
		*pool->waited_end = read;
		pool->waited_end = &read->next;
	}
	pthread_cond_signal(&pool->more);
	pthread_mutex_unlock(&pool->lock);
	return true;
}
