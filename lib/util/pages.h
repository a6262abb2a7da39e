/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: memory for what grows in the thread that reads events.
 * Must never: call malloc(3): fork() holds its locks while its event waits to be read, and where
 * the heap itself is registered so does whoever trims it. Linux waits for events without mmap_lock,
 * so mmap(2) is safe there.
 */
#ifndef UTIL_PAGES_H
#define UTIL_PAGES_H

#include <stddef.h>
#include <sys/mman.h>

/* Zeroed, page aligned; NULL: no memory. */
static inline void *pages_alloc(size_t bytes)
{
	void *at = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	return at == MAP_FAILED ? NULL : at;
}

static inline void pages_free(void *at, size_t bytes)
{
	if (at)
		munmap(at, bytes);
}

#endif
