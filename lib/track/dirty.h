/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the files of dirty tracking share.
 * Must never: be taken for the interface, which is <uffd/dirty.h>.
 */
#ifndef TRACK_DIRTY_H
#define TRACK_DIRTY_H

#include <pthread.h>
#include <sys/types.h>

#include <uffd/dirty.h>

#include "memory/region.h"

struct uffd_dirty {
	struct uffd_region *region;
	struct wp *wp;
	pid_t pid;
	uint32_t method;
	bool asks;            /* the page table: ASYNC, and where protection is lost silently */
	pthread_mutex_t lock; /* a collect */
};

/* What a collect has stored. */
struct taken {
	struct uffd_range *ranges;
	uint64_t count;
	uint64_t limit;
	uint64_t scanned; /* the page up to which the page table has been asked */
};

/*
 * Takes what is dirty from page *at on, and moves *at to where it stopped, for want of room or at
 * the end. 0, or -errno: what t has is taken all the same. With the tracking's lock held.
 */
int dirty_collect(struct uffd_dirty *d, uint64_t *at, struct taken *t);

#endif
