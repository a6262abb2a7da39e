/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: arrays of bits, a bit a page, by runs.
 * Must never: lock: their owner does.
 */
#ifndef UTIL_BITS_H
#define UTIL_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

static inline size_t bits_bytes(uint64_t n)
{
	return (size_t)((n + 63) / 64 * 8);
}

static inline bool bits_get(const uint64_t *bits, uint64_t i)
{
	return bits[i / 64] >> i % 64 & 1;
}

/* The first in [from, end) that is value; end if none is. */
uint64_t bits_find(const uint64_t *bits, uint64_t from, uint64_t end, bool value);
void bits_set(uint64_t *bits, uint64_t first, uint64_t end);
void bits_clear(uint64_t *bits, uint64_t first, uint64_t end);
/* Sets in to, from first on, what is set in from; returns how many from has. */
uint64_t bits_add(uint64_t *to, const uint64_t *from, uint64_t first, uint64_t end);
/* How many are set. */
uint64_t bits_count(const uint64_t *bits, uint64_t first, uint64_t end);

#endif
