/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a way of saving memory that goes on being written looks like to the bench.
 * Must never: favour one way over another.
 */
#ifndef BENCH_LIVE_H
#define BENCH_LIVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct live {
	uint8_t *memory; /* what is saved; each page is there, and nobody else's */
	uint8_t *output; /* where to, as long; shared, and warm */
	size_t length;
	bool save;   /* false: nothing but the instant is wanted */
	void *state; /* the kind's own */
};

struct live_kind {
	const char *name;
	/* What may be done before the instant; a negative errno: this machine cannot. */
	int (*start)(struct live *l);
	/* The instant. */
	void (*arm)(struct live *l);
	/* How long writers were held for it, nanoseconds; NULL: until arm() returned. */
	uint64_t (*pause_ns)(struct live *l);
	/* Sleeps until all is saved; now_ns() of when it was. */
	uint64_t (*wait)(struct live *l);
	/* Whether all is saved or not. */
	void (*stop)(struct live *l);
};

extern const struct live_kind live_none; /* saves nothing */
extern const struct live_kind live_fork; /* a child that copies, and the kernel's copy-on-write */
extern const struct live_kind live_hand; /* write-protect faults, page by page */
extern const struct live_kind live_library; /* uffd_snapshot_start() and a write callback */

#endif
