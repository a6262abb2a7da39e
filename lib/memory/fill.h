/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: who brings content to a claimed run, and what happens when it cannot be had: tries with
 * back-off, then poison or hold.
 * Must never: allocate or lock on the way that succeeds.
 */
#ifndef MEMORY_FILL_H
#define MEMORY_FILL_H

#include <stdbool.h>
#include <stdint.h>

#include <uffd/types.h>

#include "memory/pagestate.h"

struct uffd_ctx;
struct uffd_read;
struct uffd_region;

/*
 * Brings a claimed run: zeros where it was discarded, else by the region's callback. 0: done, or
 * will be; a negative errno says what went wrong, and that it has been seen to.
 */
int fill(struct uffd_region *r, const struct page_run *run, const struct uffd_extent *why);

/* The rest of an extent could not be had: pages of run are still claimed. Sees to it. */
void fill_failed(struct uffd_region *r, const struct page_run *run, const struct uffd_extent *why,
		 int error);
/* A read of run had no room for its next part: it goes on when there is. */
void fill_later(struct uffd_region *r, const struct page_run *run, const struct uffd_extent *why,
		struct uffd_read *read);

/* Fills what is empty in [first, end) from this thread. 0, or the first error. */
int fill_empty(struct uffd_region *r, uint64_t first, uint64_t end, uint32_t kind);

/* Tries again what is due at now. Returns when the next is, 0: none. Any thread. */
uint64_t fill_retry(struct uffd_ctx *ctx, uint64_t now);

/* Extents of demand and prefetch end here, so that a fault in one never waits for much. */
#define FILL_CHUNK_BYTES (UINT64_C(512) << 10)
uint64_t fill_chunk(const struct uffd_region *r); /* pages */

#endif
