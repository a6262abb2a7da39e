/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the decision to look for the next fault a while before going to sleep. Waking an idle CPU
 * costs more than everything else in a fault, so looking pays where the next fault comes soon from
 * another CPU. Between two looks the loop yields, so that it takes no time from a thread that
 * shares its CPU; where such a thread is the one that faults, sleeping is the faster way to let it
 * run, and a long yield is how that shows.
 * Must never: know what is looked for.
 */
#ifndef LOOP_SPIN_H
#define LOOP_SPIN_H

#include <stdbool.h>
#include <stdint.h>
#include <unistd.h>

#include <uffd/loop.h>

#define SPIN_LIMIT_NS   UINT64_C(100000)
#define SPIN_SKIP_LIMIT 1023u
#define SPIN_SHARED_NS  UINT64_C(500) /* a yield longer than this has run somebody else */

struct spin {
	uint64_t limit_ns; /* 0: never */
	bool adaptive;
	uint32_t skip; /* sleeps without a spin before the next try */
	uint32_t skipped;
};

static inline bool spin_init(struct spin *s, int64_t option)
{
	*s = (struct spin){.limit_ns = option > 0 ? (uint64_t)option : 0};
	if (option < LIBUFFD_SPIN_NEVER)
		return false;
	if (option == LIBUFFD_SPIN_ADAPTIVE) {
		s->adaptive = true;
		s->limit_ns = SPIN_LIMIT_NS;
	}
	/* On a machine with one CPU the faulting thread runs when this one sleeps. */
	if (sysconf(_SC_NPROCESSORS_ONLN) == 1)
		s->limit_ns = 0;
	return true;
}

static inline bool spin_wanted(struct spin *s)
{
	if (s->skipped < s->skip) {
		s->skipped++;
		return false;
	}
	s->skipped = 0;
	return true;
}

/* A spin paid, or not: each that did not, in a row, doubles the sleeps until the next try. */
static inline void spin_ended(struct spin *s, bool paid)
{
	if (!s->adaptive || paid)
		s->skip = 0;
	else if (s->skip < SPIN_SKIP_LIMIT)
		s->skip = s->skip * 2 + 1;
}

#endif
