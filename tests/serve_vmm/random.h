/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: numbers at random, the same for the same seed. Must never: be shared by two threads. */
#ifndef SERVE_VMM_RANDOM_H
#define SERVE_VMM_RANDOM_H

#include <stdint.h>

static inline uint64_t random_next(uint64_t *state)
{
	uint64_t x = *state += UINT64_C(0x9e3779b97f4a7c15);

	x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
	return x ^ x >> 31;
}

static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
	return random_next(state) % limit;
}

#endif
