/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: sleeping on a 32-bit word of this process.
 * Must never: decide what the word means.
 */
#ifndef UTIL_FUTEX_H
#define UTIL_FUTEX_H

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "util/clock.h"

/* Sleeps while *word is seen; until, CLOCK_MONOTONIC nanoseconds, 0 for ever. May wake early. */
static inline void futex_wait(_Atomic uint32_t *word, uint32_t seen, uint64_t until)
{
	struct timespec ts = ns_timespec(until);

	/* FUTEX_WAIT_BITSET takes an absolute time, of the monotonic clock by default. */
	syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, seen, until ? &ts : NULL,
		NULL, FUTEX_BITSET_MATCH_ANY);
}

static inline void futex_wake_all(_Atomic uint32_t *word)
{
	syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, INT_MAX, NULL, NULL, 0);
}

#endif
