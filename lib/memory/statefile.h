/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the file in which a context keeps what another process needs to go on when this one has
 * ended: the states of pages, and the events that it is just applying.
 * Must never: be trusted before it was checked, or change what it says of a page.
 *
 *	0        struct state_head
 *	4 KiB    the journal: messages are read into it, and wiped when they are applied
 *	8 KiB    a table of ranges
 *	64 KiB   the words of pagestate.h, each range's from a multiple of that on
 *
 * Killed at any moment, its owner leaves it as it is good: a head has its magic last, a range its
 * mark of use, and an event that was read is in the journal until every page it names is marked.
 * read(2) itself writes it there: a process that is killed while it reads has the message or has
 * not taken it.
 */
#ifndef MEMORY_STATEFILE_H
#define MEMORY_STATEFILE_H

#include <stdbool.h>
#include <stdint.h>

#include <uffd/uapi.h>

#include "memory/pagestate.h"

#define STATE_RANGES  256u
#define STATE_JOURNAL 64u /* messages */

struct statefile;

/*
 * An empty file becomes one; what a dead owner left is gone on with, if it had the same events:
 * they are read in another way where there are any. Errors as uffd_ctx_open().
 */
int statefile_open(struct statefile **file, int fd, uint64_t events);
/* Gives the file up as it is: somebody may go on with it. */
void statefile_close(struct statefile *file);

/*
 * The states of a range: new ones, or *continued, those that it has there, where what was claimed
 * is EMPTY now: its owner is dead. The range's number, or -EBADMSG, -EEXIST, -ENOSPC, -ENOMEM.
 */
int statefile_take(struct statefile *file, uint64_t address, uint64_t length,
		   unsigned int page_shift, struct pagestate *pages, bool *continued);
/* The range is no more, and no region works on its words. */
void statefile_remove(struct statefile *file, int range);
/* statefile_take() is undone: a range that was continued stays for another try. */
void statefile_return(struct statefile *file, int range, bool continued);
/*
 * Whether the journal is locked in memory. Swapped out when its owner is killed it may miss the message that
 * was just being read.
 */
bool statefile_is_locked(const struct statefile *file);
/* Whether the file has a range that nobody has taken. */
bool statefile_has_more(struct statefile *file);

/* STATE_JOURNAL messages; a zero event: none. The reader's own. */
struct uffd_msg *statefile_journal(struct statefile *file);
/* The first count messages have been applied; or, by all who go on, those that a dead owner left. */
void statefile_wipe_journal(struct statefile *file, unsigned int count);

#endif
