/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: recording what a run asks for: as a file to replay (--record, --pack), as a picture
 * (--trace), or both.
 * Must never: let the run fail: it is over when there is something to write.
 *
 * A function that fails has said why, and returns -1.
 */
#ifndef EXAMPLES_VM_RECORD_H
#define EXAMPLES_VM_RECORD_H

#include <uffd/workingset.h>

#include "options.h"

/* Begins to record, where the options ask for it; otherwise *set is NULL. The caller closes it. */
int record_begin(struct uffd_workingset **set, const struct options *options,
		 struct uffd_region *region);
/* Ends the recording and writes what the options ask for. While its region is there. */
int record_end(struct uffd_workingset *set, const struct options *options);

#endif
