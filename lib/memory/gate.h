/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the event gate. Whoever installs a page holds it shared around {look at DISCARDED, ioctl};
 * whoever applies discards and other events holds it exclusive: the reader around {read until
 * EAGAIN, apply}, uffd_discard() around its marks. So no page gets the source's content after its
 * discard was heard.
 * Must never: be held while waiting for EAGAIN to pass (the reader must read then), during a
 * callback, or twice by one thread. A context without events and discards has no gate.
 */
#ifndef MEMORY_GATE_H
#define MEMORY_GATE_H

#include <pthread.h>
#include <stdbool.h>

struct gate {
	bool present;
	pthread_rwlock_t lock;
};

static inline void gate_init(struct gate *g, bool present)
{
	pthread_rwlockattr_t attr;

	g->present = present;
	if (!present)
		return;
	pthread_rwlockattr_init(&attr);
	/* The reader of events must get in however many install. */
	pthread_rwlockattr_setkind_np(&attr, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
	/* glibc's, with no more than an attribute of its own: it cannot fail. */
	pthread_rwlock_init(&g->lock, &attr);
	pthread_rwlockattr_destroy(&attr);
}

static inline void gate_fini(struct gate *g)
{
	if (g->present)
		pthread_rwlock_destroy(&g->lock);
}

static inline void gate_share(struct gate *g)
{
	if (g->present)
		pthread_rwlock_rdlock(&g->lock);
}

static inline void gate_exclude(struct gate *g)
{
	if (g->present)
		pthread_rwlock_wrlock(&g->lock);
}

static inline void gate_leave(struct gate *g)
{
	if (g->present)
		pthread_rwlock_unlock(&g->lock);
}

#endif
