/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: making snapshots: of a guest that has filled its memory, or a diff over others of what a
 * guest has changed that went on from there.
 * Must never: leave half a snapshot.
 *
 * A function that fails has said why, and returns -1.
 */
#ifndef EXAMPLES_VM_MAKE_H
#define EXAMPLES_VM_MAKE_H

#include "layers.h"
#include "options.h"

/* snapshot has its name; everything else is set. */
int make_base(const struct options *options, struct snapshot *snapshot);
int make_diff(const struct options *options, const struct layers *below, struct snapshot *snapshot);

#endif
