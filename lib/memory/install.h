/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: one fill ioctl of an owner, with the look at DISCARDED before it.
 * Must never: retry, publish, or be called without the claim.
 */
#ifndef MEMORY_INSTALL_H
#define MEMORY_INSTALL_H

#include "memory/resolve.h"

/*
 * One ioctl from page on. Returns how many pages are there now, or -errno for the first of them;
 * WAITERS are taken off those that are, and stay on the others. *discarded: they were thrown away,
 * and got zeros (POISON: they have content, and were not poisoned).
 */
int64_t install_step(struct uffd_region *r, uint64_t page, uint64_t end, enum install_how how,
		     const uint8_t *src, bool wp, bool *discarded);

/* Maps zeros, by whichever ioctl this memory has for it: bytes, or -errno. Under the gate. */
int64_t install_zeros(struct uffd_region *r, uint64_t address, uint64_t length, bool wp);

#endif
