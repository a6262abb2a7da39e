/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the size-first rule of every options struct.
 * Must never: know any of them.
 */
#ifndef UTIL_OPTIONS_H
#define UTIL_OPTIONS_H

#include <stddef.h>
#include <stdint.h>

/*
 * Copies a caller's struct, whose first member is its uint64_t size, to one of ours of size bytes,
 * whose first version had first_size. given NULL leaves ours as it is (the defaults). 0; -EINVAL:
 * smaller than the first version; -E2BIG: bytes beyond ours that are not zero; the part
 * that is known is copied all the same, for the callbacks in it that free the caller's data.
 */
int options_take(void *ours, size_t size, size_t first_size, const void *given);

#endif
