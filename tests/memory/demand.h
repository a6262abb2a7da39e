/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A thread in uffd_demand(), and whether it sleeps there. */
#ifndef DEMAND_H
#define DEMAND_H

#include <sys/syscall.h>

#include "call.h"
#include "claims.h"

struct demander {
	pthread_t thread;
	struct uffd_region *region;
	uint64_t offset;
	uint64_t length;
	struct timespec deadline;
	bool has_deadline;
	_Atomic uint32_t tid;
	_Atomic int done;
	int result;
};

static inline void *demander_run(void *arg)
{
	struct demander *d = arg;

	atomic_store(&d->tid, (uint32_t)syscall(SYS_gettid));
	d->result =
		uffd_demand(d->region, d->offset, d->length, d->has_deadline ? &d->deadline : NULL);
	atomic_store(&d->done, 1);
	return NULL;
}

static inline void demand_start(struct demander *d, struct uffd_region *region, uint64_t offset,
				uint64_t length, const struct timespec *deadline)
{
	*d = (struct demander){.region = region, .offset = offset, .length = length};
	if (deadline) {
		d->has_deadline = true;
		d->deadline = *deadline;
	}
	ck_assert_int_eq(pthread_create(&d->thread, NULL, demander_run, d), 0);
}

/* Blocks until the thread is done (false) or counted as a sleeper and asleep (true). */
static inline bool demand_asleep(struct demander *d)
{
	for (;;) {
		uint32_t tid = atomic_load(&d->tid);

		if (atomic_load(&d->done))
			return false;
		if (tid && atomic_load(&d->region->sleepers) && thread_letter(tid) == 'S')
			return !atomic_load(&d->done); /* not asleep in its end */
		sched_yield();
	}
}

static inline int demand_join(struct demander *d)
{
	pthread_join(d->thread, NULL);
	return d->result;
}

static inline struct timespec in_ms(uint64_t ms)
{
	uint64_t at = test_now() + ms * 1000000;

	return (struct timespec){(time_t)(at / 1000000000), (long)(at % 1000000000)};
}

#endif
