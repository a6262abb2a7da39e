/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a working set is made of: entries, recorded or loaded, and what they are of.
 * Must never: keep a region from ending.
 */
#ifndef PAGER_WORKINGSET_H
#define PAGER_WORKINGSET_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <sys/types.h>

#include <uffd/prefetch.h>
#include <uffd/workingset.h>

#include "pager/source.h"
#include "pager/wsetfile.h"

struct uffd_workingset {
	_Atomic uint32_t users;
	pid_t pid;
	uint32_t flags;
	struct wset_file file;      /* what it is of; the tables where it was loaded */
	struct uffd_source *source; /* recorded: what PACK reads */
	struct uffd_source *packed; /* loaded: the file itself, where it has packed content */

	/* Recorded: entries in the order of asking. One whose kind is 0 is still being written. */
	struct uffd_workingset_entry *log;
	uint64_t capacity;
	_Atomic uint64_t asked; /* entries begun, and lost beyond capacity */
	uint64_t began;         /* clock */

	pthread_mutex_t lock;
	struct uffd_region *recorded; /* while recording */
};

/* How many entries there are to see, and the i-th of them. */
uint64_t workingset_count(const struct uffd_workingset *set);
struct uffd_workingset_entry workingset_entry(const struct uffd_workingset *set, uint64_t i);

/* 0, or -EXDEV: it is not of this region and source. */
int workingset_fits(const struct uffd_workingset *set, const struct uffd_region *r);

/*
 * What a replay brings: ranges in the order in which they were first asked for, put in the order of
 * addresses within batches that grow, and with gaps of at most gap bytes between two filled.
 * malloc'ed.
 * 0, or -ENOMEM.
 */
int workingset_ranges(const struct uffd_workingset *set, uint64_t gap, struct uffd_range **ranges,
		      uint64_t *count);

void workingset_keep(struct uffd_workingset *set);
void workingset_drop(struct uffd_workingset *set);

#endif
