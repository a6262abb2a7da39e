/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: how an owner brings a claimed run in: install, map, publish. The only caller of the fill
 * ioctls.
 * Must never: claim (its callers do), or map a page that it does not own.
 */
#ifndef MEMORY_RESOLVE_H
#define MEMORY_RESOLVE_H

#include <stdbool.h>
#include <stdint.h>

#include "memory/pagestate.h"

struct uffd_region;

enum install_how {
	INSTALL_COPY,
	INSTALL_ZERO,
	INSTALL_CONTINUE, /* the content is in the page cache already */
	INSTALL_POPULATE, /* through the file; mapped only if somebody waits */
	INSTALL_MOVE,
	INSTALL_POISON,
};

struct install {
	enum install_how how;
	const uint8_t *src; /* the content of the run's first page */
	bool wp;            /* leave it write-protected */
};

/*
 * Installs and publishes a run that the caller has claimed. Pages found DISCARDED get zeros
 * instead. 0 when all is complete. -ENOENT, -ESRCH: the memory is gone, the claim given up.
 * Another error: run->first has moved to the first page not done, from which on the claim still
 * stands.
 */
int resolve(struct uffd_region *r, struct page_run *run, const struct install *install);

/* Complete already, but somebody waits: map what is there for them, and publish. */
int resolve_again(struct uffd_region *r, struct page_run *run);

/* BUSY -> EMPTY or POISONED without content; whoever waits is woken and faults again. */
void resolve_give_up(struct uffd_region *r, const struct page_run *run, unsigned int state);

/* A claimed page that was POISONED: poison it again for those who wait. */
void resolve_poisoned(struct uffd_region *r, struct page_run *run);

/* Wakes whoever waits in the whole region; what is not resolved faults again. */
void resolve_wake_all(struct uffd_region *r);

/* States have left BUSY: threads in uffd_demand() look again. */
void resolve_tell_sleepers(struct uffd_region *r);

#endif
