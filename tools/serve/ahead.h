/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what is brought before a VM asks for it: the working set, then the rest; and recording the
 * working set. In the VM's thread.
 * Must never: keep a VM from being served: what cannot be is said, and done without.
 *
 * A working set is of one region: the first of a handshake has FILE, the others FILE.1, FILE.2 ...
 */
#ifndef SERVE_AHEAD_H
#define SERVE_AHEAD_H

#include <stdbool.h>

struct uffd_prefetch;
struct uffd_workingset;
struct vm;

struct ahead {
	/* As many as the VM has regions, or NULL; of each some may be NULL. */
	struct uffd_prefetch **replays;
	struct uffd_prefetch **hydrations;
	struct uffd_workingset **recordings;
};

/* The regions are there, the loop is not. */
void ahead_begin(struct vm *vm);
/* Saves what is recorded, if it is and has not been saved. */
void ahead_save(struct vm *vm);
/* Before the context ends. Saves as well. */
void ahead_end(struct vm *vm);

#endif
