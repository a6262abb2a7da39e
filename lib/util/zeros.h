/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* Owns: whether bytes are all zeros. */
#ifndef UTIL_ZEROS_H
#define UTIL_ZEROS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* length is not 0. memcmp(3) is the fastest loop there is, and stops at the first that differs. */
static inline bool is_zeros(const uint8_t *at, uint64_t length)
{
	return at[0] == 0 && memcmp(at, at + 1, (size_t)length - 1) == 0;
}

#endif
