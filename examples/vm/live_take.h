/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: taking a snapshot of a guest that runs: what a program of your own needs of libuffd for it;
 * and looking at it afterwards.
 * Must never: leave half a snapshot.
 *
 * A function that fails has said why, and returns -1.
 */
#ifndef EXAMPLES_VM_LIVE_TAKE_H
#define EXAMPLES_VM_LIVE_TAKE_H

#include <stddef.h>

#include "live.h"

/* How many pages the guest had counted in at the instant, as far as that is known. */
struct taken {
	uint64_t least;
	uint64_t most;
};

/*
 * Takes the snapshot PATH. generation 0: of all memory; later: of what has changed since the one
 * before, which has been taken since live_begin().
 */
int live_take(struct live *live, const char *path, uint32_t generation, struct taken *taken);

/*
 * Is what these snapshots hold, the base first, of one instant, and was that when the last of them
 * was taken? Every byte is looked at.
 */
int live_check(const struct live *live, char *const *paths, size_t count,
	       const struct taken *taken);

#endif
