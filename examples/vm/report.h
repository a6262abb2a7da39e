/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what is said of a restore that has ended well.
 * Must never: judge.
 */
#ifndef EXAMPLES_VM_REPORT_H
#define EXAMPLES_VM_REPORT_H

#include <stddef.h>
#include <stdint.h>

#include <uffd/stats.h>

#include "ahead.h"
#include "play.h"

/* How the memory came. */
struct ways {
	const struct ahead *ahead;
	size_t layers;
	bool direct;
	bool recorded;
	bool counts; /* its first instruction is not seen, its first sign of life is */
};

void report(const struct uffd_stats *stats, const struct outcome *outcome, uint64_t begin_ns,
	    const struct ways *ways);

#endif
