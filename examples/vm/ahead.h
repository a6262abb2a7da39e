/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what is brought before the guest asks for it: a recorded working set is replayed
 * (--replay), everything comes in the background (--prefetch), or both, in this order.
 * Must never: keep a guest from running: what cannot be brought ahead comes when it is touched.
 */
#ifndef EXAMPLES_VM_AHEAD_H
#define EXAMPLES_VM_AHEAD_H

#include <uffd/prefetch.h>

#include "options.h"
#include "progress.h"

struct ahead {
	struct uffd_prefetch *replay;    /* or NULL */
	struct uffd_prefetch *hydration; /* or NULL */
};

/* Begins what the options ask for. What fails says why in one line, and is not there. */
void ahead_begin(struct ahead *ahead, const struct options *options, struct uffd_region *region);
void ahead_show(const struct ahead *ahead, struct progress *progress);
/* Waits until all of it is there; a signal (util.h) ends the wait. */
void ahead_wait(const struct ahead *ahead);
/* A line for each. */
void ahead_report(const struct ahead *ahead);
/* Nothing more is begun. */
void ahead_close(struct ahead *ahead);

#endif
