/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: putting content into the page cache behind the mapping's back: through the region's file,
 * or through its second mapping where the file system refuses write(2) (hugetlbfs); and zeros for
 * memory without a zero page.
 * Must never: map a page, or be used on pages that the caller does not own.
 */
#ifndef MEMORY_OVERWRITE_H
#define MEMORY_OVERWRITE_H

#include <stdbool.h>
#include <stdint.h>

struct uffd_region;

bool can_overwrite(const struct uffd_region *r);
/* Whether the page is in this process's page table. False where that cannot be known. */
bool is_mapped(struct uffd_region *r, uint64_t page);
/* Where the pages end that are as first is: mapped, or not. Under the gate. */
uint64_t mapped_alike(struct uffd_region *r, uint64_t first, uint64_t end, bool *mapped);
/*
 * The same of pages that exist: mapped or, where that can be known, in the page cache. What is
 * swapped out passes for absent, since the marker of a protected page looks like it.
 */
uint64_t there_alike(struct uffd_region *r, uint64_t first, uint64_t end, bool *there);
/* Whether it is write-protected there. */
bool is_protected(struct uffd_region *r, uint64_t page);
/* Pages [first, end) with src, or zeros where it is NULL. 0, or -errno: what was done is undefined.
 */
int overwrite(struct uffd_region *r, uint64_t first, uint64_t end, const uint8_t *src);
/* UFFDIO_COPY of zeros, of as much as one buffer of zeros allows: bytes, or -errno. */
int64_t overwrite_copy_zeros(struct uffd_region *r, uint64_t address, uint64_t length,
			     uint64_t mode);

#endif
