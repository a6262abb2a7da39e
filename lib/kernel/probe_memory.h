/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: a page of memory of any type for the probe to try things on, and where it comes from.
 * Must never: touch memory that the kernel has not said is there, or leave anything behind.
 */
#ifndef KERNEL_PROBE_MEMORY_H
#define KERNEL_PROBE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* Where pages of one type come from. */
struct probe_backing {
	uint32_t backing;   /* LIBUFFD_BACKING_* */
	uint64_t page_size; /* bytes; 0 if there is no such memory to ask */
	int vm;             /* guest_memfd: a virtual machine of its own, otherwise -1 */
	uint64_t gmem_flags;
};

/* One page of it, mapped readable and writable, absent, unregistered. */
struct probe_page {
	const struct probe_backing *from;
	uint8_t *at;
	int fd; /* its file, -1 if none */
};

/* -EINVAL: no such type, or page_size can be no page size of it. */
int probe_backing_check(uint32_t backing, uint64_t page_size);
/* 0, or a negative errno: there is no such memory. Closes what it opened when it fails. */
int probe_backing_open(struct probe_backing *b, uint32_t backing, uint64_t page_size);
void probe_backing_close(struct probe_backing *b);
bool probe_backing_is_hugetlb(uint32_t backing);

int probe_page_make(struct probe_page *p, const struct probe_backing *b);
void probe_page_free(struct probe_page *p);
/* A page of this type can be had: -ENOMEM: no free huge page. */
int probe_page_reserve(struct probe_page *p);

/* Makes it present, with the pattern for content: in the mapping, or in the page cache only. */
int probe_page_fill(struct probe_page *p, const uint8_t *pattern);
int probe_page_fill_cache(struct probe_page *p, const uint8_t *pattern);

/* The pattern, PROBE_CHUNK bytes of it, stands at the head and at the tail of a page. */
#define PROBE_CHUNK 4096
void probe_write_pattern(uint8_t *at, uint64_t page_size, const uint8_t *pattern);

#endif
