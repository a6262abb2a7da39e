/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: who plays the guest, and watching it while it runs.
 * Must never: wait for ever for a guest that does not move.
 */
#ifndef EXAMPLES_VM_PLAY_H
#define EXAMPLES_VM_PLAY_H

#include "ahead.h"
#include "guest.h"
#include "memory.h"
#include "options.h"

const struct guest_ops *choose_guest(const struct options *options);

/*
 * Runs the guest until it ends, shows how far it is, and stops it if it does not move. 0: it ended
 * as wanted; -1: it has been said how. ahead: shown as well; NULL: nothing is.
 */
int run_guest(struct guest *guest, const char *what, enum guest_state wanted,
	      const struct ahead *ahead);

/* 0: it has ended as wanted; -1: it has been said how. */
int check_end(const struct guest *guest, enum guest_state state, enum guest_state wanted);
/* Whether it is likely that it will not move any more; *at: when it was last seen to, at *to. */
bool is_stuck(uint64_t now_at, uint64_t *to, uint64_t *at);

/* What is left of a guest that has ended well. */
struct outcome {
	uint64_t resumed_ns;
	uint64_t ended_ns;
	struct guest_cpu cpu; /* TASK_CHANGE: where it has paused */
};

/*
 * A guest goes on from a snapshot, on memory that comes, and does a task (layout.h). 0; -1: it has
 * been said why, and the memory is no longer served.
 */
int go_on(const struct options *options, const struct snapshot *from, struct memory *m,
	  unsigned int task, const struct ahead *ahead, struct outcome *outcome);

#endif
