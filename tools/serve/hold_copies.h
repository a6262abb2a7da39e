/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: duplicates of what a holder keeps, by the same names, in the server: another holder is
 * given them when the first has died. Must never: have one that the holder was never given, or was
 * told to drop.
 */
#ifndef SERVE_HOLD_COPIES_H
#define SERVE_HOLD_COPIES_H

#include "serve/hold.h"

struct hold_copies {
	struct hold_entry *entries;
	size_t count;
	size_t room;
};

/* fd stays the caller's. 0; -EEXIST; -ENOMEM; as dup(2). */
int hold_copies_add(struct hold_copies *copies, const char *name, int fd);
/* What is not there is allowed. */
void hold_copies_remove(struct hold_copies *copies, const char *name);
void hold_copies_close(struct hold_copies *copies);

#endif
