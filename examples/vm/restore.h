/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a restore from its begin to its end: a new VM on memory that comes, its guest that verifies
 * all of it or counts on, and the report.
 * Must never: change the snapshot.
 */
#ifndef EXAMPLES_VM_RESTORE_H
#define EXAMPLES_VM_RESTORE_H

#include <stddef.h>

#include "options.h"

/*
 * From a snapshot, or from a base and the diffs over it. 0: the guest has found every page right,
 * and so has the host; -1: it has been said why not.
 */
int restore(const struct options *options, char *const *paths, size_t count);

#endif
