/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a guest that counts (count.h), and its memory, of which snapshots can be taken while it
 * runs.
 * Must never: stop the guest on its own account before it ends.
 *
 * A function that fails has said why, and returns -1.
 */
#ifndef EXAMPLES_VM_LIVE_H
#define EXAMPLES_VM_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include <uffd.h>

#include "guest.h"
#include "live_options.h"

struct live {
	const struct live_options *options;
	void *at;
	uint64_t size;
	struct uffd_ctx *ctx;
	struct uffd_region *region;
	struct uffd_loop *loop;
	struct uffd_dirty *dirty; /* or NULL: nobody wants to know what has changed */
	bool user_mode_only;
	struct guest guest;
	bool opened;            /* guest is one */
	bool stops;             /* to save its registers; otherwise they are these: */
	struct guest_cpu begin; /* of a guest that begins, and finds in memory where it was */
};

/*
 * Memory, and a guest that counts in it. tracked: what it changes shall be known, for a snapshot of
 * that alone. live_end() is to be called in either case.
 */
int live_begin(struct live *live, const struct live_options *options, bool tracked);
/* Sleeps until it has done so many pages more. */
int live_count_on(struct live *live, uint64_t pages);
/* Stops the guest, looks whether all of its memory is right, and frees everything. */
int live_end(struct live *live);

#endif
