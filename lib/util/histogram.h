/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: which bucket a latency falls in: four buckets for every power of two of nanoseconds.
 * Must never: allocate or lock.
 */
#ifndef UTIL_HISTOGRAM_H
#define UTIL_HISTOGRAM_H

#include <stdint.h>

unsigned int histogram_bucket(uint64_t ns);

#endif
