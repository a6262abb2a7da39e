/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Numbers that look random and are the same in every run. */
#ifndef RANDOM_H
#define RANDOM_H

#include <stdint.h>

/* xorshift64*: the state must not be 0. */
static inline uint64_t random_next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

/* 0 .. below - 1 */
static inline uint64_t random_below(uint64_t *state, uint64_t below)
{
	return (random_next(state) >> 16) % below;
}

/* How often to repeat: the thread sanitizer makes everything ten to fifty times slower. */
#if defined(__SANITIZE_THREAD__)
#define REPEAT(n) ((n) / 10)
#else
#define REPEAT(n) (n)
#endif

#endif
