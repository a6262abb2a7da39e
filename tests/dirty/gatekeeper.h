/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* One call of a wrapped function that stops in the middle until the test lets it go on. */
#ifndef GATEKEEPER_H
#define GATEKEEPER_H

#include "test.h"

#include <sched.h>

#define GATE_OPEN   0 /* calls pass */
#define GATE_SET    1 /* the next one stops */
#define GATE_WITHIN 2 /* it has */

static _Atomic int gate_state;

/* In the wrapped function: stops if it is the one that is waited for. */
static inline void gate_pass(void)
{
	int set = GATE_SET;

	if (!atomic_compare_exchange_strong(&gate_state, &set, GATE_WITHIN))
		return;
	while (atomic_load(&gate_state) == GATE_WITHIN)
		sched_yield();
}

static inline void gate_set(void)
{
	atomic_store(&gate_state, GATE_SET);
}

static inline bool gate_is_within(void)
{
	return atomic_load(&gate_state) == GATE_WITHIN;
}

static inline void gate_release(void)
{
	atomic_store(&gate_state, GATE_OPEN);
}

#endif
