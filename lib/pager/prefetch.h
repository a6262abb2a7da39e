/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: bringing content before it is asked for: what is next, how much at once, and when to wait.
 * Must never: begin anything while somebody waits for the source, or fill what was discarded.
 */
#ifndef PAGER_PREFETCH_H
#define PAGER_PREFETCH_H

#include <pthread.h>
#include <sys/types.h>

#include <uffd/prefetch.h>

#include "pager/pager.h"

struct uffd_prefetch {
	pid_t pid;
	pthread_mutex_t lock; /* all below; taken after the pager's */
	struct uffd_prefetch *next;
	bool listed;                /* the pager's list has it */
	bool stepping;              /* the reader is in a step of it */
	bool closed;                /* its handle is given up */
	bool over;                  /* nothing more is to be begun */
	struct uffd_region *region; /* while it is listed, or something is in flight */

	struct uffd_range *ranges;
	uint64_t range_count;
	uint64_t range; /* which is next, and from which of its bytes on */
	uint64_t at;
	struct uffd_workingset *set; /* whose packed content follows the ranges, or NULL */
	uint64_t packed_at;          /* ... from here on */

	uint64_t budget;
	uint64_t in_flight;
	uint64_t total;
	uint64_t done;
	uint64_t brought;
	int error;
	_Atomic uint32_t state; /* a futex; RUNNING until nothing is in flight any more */
};

/* Puts it in the pager's list, for the reader to begin. */
void prefetch_enlist(struct pager *p, struct uffd_prefetch *prefetch);
/* Gives its lock back, ends it if it is over, and frees it if nobody has it any more. */
void prefetch_unlock(struct uffd_prefetch *prefetch);
/* Frees one that nobody has. */
void prefetch_free(struct uffd_prefetch *prefetch);

/* struct filler_ops */
uint64_t prefetch_work(void *pager);
/* The region ends: its prefetches do. */
void prefetch_leave(struct pager *p, struct uffd_region *r);

/* gone bytes are in flight no more, brought bytes are there. Any thread. */
void prefetch_ended(struct uffd_prefetch *prefetch, uint64_t gone, uint64_t brought, int error);

enum prefetch_step {
	STEP_BEGUN, /* something was begun, or passed over */
	STEP_WAIT,  /* enough is under way; what ends will have it looked at again */
	STEP_LATER, /* there was no room, and nothing may tell when there is */
	STEP_OVER,  /* there is nothing left */
};

/* What may be begun. */
struct allowance {
	uint64_t bytes;
	bool alone; /* nothing is in flight: then one page is begun, whatever bytes says */
	bool beside; /* somebody asks now and then: no piece may keep the next one waiting for long */
};

/* replay.c: begins the next stretch of packed content for r. *begun: bytes. */
enum prefetch_step replay_step(struct uffd_prefetch *prefetch, struct uffd_region *r,
			       struct allowance allowed, uint64_t *begun);

#endif
