/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a way of tracking writes looks like to the bench, and what it is asked to find.
 * Must never: favour one way over another.
 */
#ifndef BENCH_DIRTY_H
#define BENCH_DIRTY_H

#include <stddef.h>
#include <stdint.h>

#include <uffd/types.h>

struct dirty_tracking;

struct dirty_kind {
	const char *name;
	/* What is done once for memory, tracked or not; a negative errno: this machine cannot. */
	int (*open)(struct dirty_tracking *t);
	/* From here on writes are noticed; errors as open, which is undone then. */
	int (*start)(struct dirty_tracking *t);
	/* Stores what was written since, in order, by dirty_found(); it is clean from then on. */
	void (*collect)(struct dirty_tracking *t);
	void (*stop)(struct dirty_tracking *t);
};

struct dirty_tracking {
	uint8_t *memory;
	size_t length;
	struct uffd_range *found;
	size_t count;
	size_t room;
	void *state; /* the kind's own */
};

/* Adds bytes behind what was found; ends the program where more is found than was written. */
void dirty_found(struct dirty_tracking *t, uint64_t offset, uint64_t length);

extern const struct dirty_kind dirty_none;    /* not tracked */
extern const struct dirty_kind dirty_sigsegv; /* mprotect(2) and a SIGSEGV handler */
extern const struct dirty_kind dirty_soft;    /* /proc/self/clear_refs and pagemap */
extern const struct dirty_kind dirty_bare;    /* what the kernel has for it, and nothing else */
extern const struct dirty_kind dirty_async;   /* the library, either method */
extern const struct dirty_kind dirty_sync;

#endif
