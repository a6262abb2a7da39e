/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: noting what is asked of a region that is being recorded. Costs one look where it is not.
 * Must never: allocate or lock.
 */
#ifndef PAGER_RECORDING_H
#define PAGER_RECORDING_H

#include <stdint.h>

#include "memory/region.h"

/* Somebody asks for run. *set: NULL where nothing is noted. */
void recording_note(struct uffd_region *r, const struct page_run *run,
		    const struct uffd_extent *why, struct uffd_workingset **set, uint64_t *entry);
/* What was noted is there. The set may have ended since. */
void recording_done(struct uffd_region *r, const struct uffd_workingset *set, uint64_t entry);
/* Ends the recording of a region, if there is one. */
void recording_end(struct uffd_region *r);

#endif
