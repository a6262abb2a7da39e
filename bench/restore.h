/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a way of restoring a snapshot looks like to the bench `restore`.
 * Must never: favour one way over another.
 */
#ifndef BENCH_RESTORE_H
#define BENCH_RESTORE_H

#include "bench.h"
#include "content.h"
#include "hydration.h"
#include "pager.h"
#include "snapshot.h"

/* Which pages are touched, in an order that no disk likes. */
#define TOUCH_ALL       0
#define TOUCH_SCATTERED 1 /* one page in ten */
#define TOUCH_COUNT     2

/* What a run of the memory asked for, in files without a name. */
struct recorded {
	int plain; /* -1: not recorded */
	int packed;
};

struct restore {
	const struct options *o;
	struct results *results;
	struct snapshot snapshot;
	uint32_t *order;           /* every page, shuffled; it begins with one of data */
	size_t count[TOUCH_COUNT]; /* how many of them are touched */
	int cpu;                   /* of the handler */
	uint8_t *warm;             /* the content in memory */
	struct recorded recorded[TOUCH_COUNT];
};

struct restore_run {
	const struct restore *restore;
	const struct restore_variant *variant;
	int touch;       /* TOUCH_* */
	uint8_t *memory; /* to be touched, and verified; NULL: there is none */

	/* the variant's own */
	struct content content;
	struct pager pager;
	struct hydration hydration;
};

#define VARIANT_DIRECT    1 /* by the library: past the page cache */
#define VARIANT_BUFFERED  2 /* by the library: through the page cache */
#define VARIANT_REFERENCE 4 /* everything is done when start() returns; nobody touches */
#define VARIANT_SLOW      8 /* touching every page of a large file takes long */

struct restore_variant {
	const char *name;
	/* All that comes before the first touch; 0, or a negative errno where it cannot be done. */
	int (*start)(struct restore_run *run);
	void (*stop)(struct restore_run *run);
	unsigned int flags;
};

/* By hand. */
int restore_start_page(struct restore_run *run);
int restore_start_page_mmap(struct restore_run *run);
int restore_start_mmap(struct restore_run *run);
void restore_stop_pager(struct restore_run *run);
int restore_start_read_first(struct restore_run *run);
void restore_stop_read_first(struct restore_run *run);

/* The library. */
int restore_start_demand(struct restore_run *run);
int restore_start_prefetch(struct restore_run *run);
int restore_start_replay(struct restore_run *run);
int restore_start_packed(struct restore_run *run);
void restore_stop_library(struct restore_run *run);

/* What cannot be beaten: the disk alone, and the installation alone. */
int restore_start_disk(struct restore_run *run);
int restore_start_install(struct restore_run *run);
void restore_stop_disk(struct restore_run *run);
void restore_stop_install(struct restore_run *run);

/* Touches count pages in order, checks what is seen, and says when the first was there. */
uint64_t restore_touch(const struct restore *r, const char *who, const uint8_t *memory,
		       size_t count);

/* Records what touching asks for, once, untimed. 0, or why it cannot be. */
int restore_record(struct restore *r, int touch);

/* How long a single fault takes, while everything is being brought and while nothing is. */
void restore_faults(const struct restore *r, int round);

#endif
