/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: one read, from its beginning in whichever way its source and this thread have, to its
 * answer. Must never: touch a read after it has been begun and before it is answered.
 */
#ifndef PAGER_READING_H
#define PAGER_READING_H

#include "pager/pager.h"

#define READING_DONE 0
#define READING_QUEUED                                                                             \
	2 /* read->answered() will be called, or has been: it is not the caller's any more */
/* BRING_BUSY: there is no room for it now */

/* A read that nobody uses, all zero but for its pager; NULL: all are in use. */
struct uffd_read *reading_take(struct pager *p);
/* Room for the content of its run; the alias has its own. */
bool reading_room(struct uffd_read *read);
/* Gives both back. */
void reading_give(struct uffd_read *read);

/* Reads what is missing of the run. READING_*, BRING_BUSY, or -errno. */
int reading_advance(struct uffd_read *read);
/* Reads read->part only. *n is the answer where it is DONE. */
int reading_begin(struct uffd_read *read, int64_t *n);

#endif
