/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: address to region, for one writer at a time (the caller's lock) and any number of readers
 * who take no lock.
 * Must never: look inside a region, or free what a reader may still read.
 *
 * A sorted array, and above it an array of buckets: the span of all regions cut in equal pieces,
 * each with the number of the last entry that begins at or before the piece. Where regions are
 * spread evenly a lookup is one bucket and one entry whatever their number; where they are not, a
 * binary search between two buckets. Readers are told by a sequence count that they read while the
 * writer wrote, and look again. Changes leave the buckets stale: until the writer has refreshed
 * them, which costs what all of them cost, lookups search the whole array.
 */
#ifndef MEMORY_REGIONTABLE_H
#define MEMORY_REGIONTABLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct uffd_region;

struct table_entry {
	uint64_t start; /* addresses [start, end) */
	uint64_t end;
	struct uffd_region *region;
	uint64_t offset; /* of start within the region */
};

struct table_slot {
	_Atomic uint64_t start;
	_Atomic uint64_t end;
	_Atomic(struct uffd_region *) region;
	_Atomic uint64_t offset;
};

struct table_store;

struct region_table {
	_Atomic uint32_t sequence; /* odd: the writer writes */
	_Atomic(struct table_store *) store;
	struct table_store *retired; /* smaller ones, kept for readers until fini */
};

void table_init(struct region_table *t);
void table_fini(struct region_table *t);

/* True: the next lookups would be faster after table_refresh(). */
bool table_is_stale(const struct region_table *t);
void table_refresh(struct region_table *t);

bool table_lookup(const struct region_table *t, uint64_t address, struct table_entry *found);

/* 0; -EEXIST: it overlaps an entry; -ENOMEM. */
int table_insert(struct region_table *t, const struct table_entry *entry);
/* Removes every entry of region. Cannot fail. */
void table_remove_region(struct region_table *t, const struct uffd_region *region);
/*
 * Takes [start, end) out, cutting entries that reach beyond it; calls out (may be NULL) for every
 * piece taken. 0, or -ENOMEM when an entry had to be cut in two and nothing was done.
 */
int table_cut(struct region_table *t, uint64_t start, uint64_t end,
	      void (*out)(const struct table_entry *piece, void *user), void *user);
/* The last entry that ends at or before address. */
bool table_last_before(const struct region_table *t, uint64_t address, struct table_entry *found);
/* The first entry that overlaps [start, end). */
bool table_first_overlap(const struct region_table *t, uint64_t start, uint64_t end,
			 struct table_entry *found);

#endif
