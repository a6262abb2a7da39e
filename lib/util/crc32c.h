/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: CRC32C (Castagnoli), which tells content that was damaged.
 * Must never: allocate, or be used against somebody who damages on purpose.
 */
#ifndef UTIL_CRC32C_H
#define UTIL_CRC32C_H

#include <stddef.h>
#include <stdint.h>

/*
 * Of length bytes at data, behind those that seed is of; 0: of none. So
 * crc32c(crc32c(0, a), b) is crc32c(0, a followed by b). data may be NULL where length is 0.
 */
uint32_t crc32c(uint32_t seed, const void *data, size_t length);

/* The same on every CPU; what crc32c() does where there is no instruction for it. */
uint32_t crc32c_table(uint32_t seed, const void *data, size_t length);

#endif
