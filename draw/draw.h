/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the pictures that tools, examples and benchmarks draw, as SVG. Not part of the library, and
 * not installed.
 * Must never: know where the numbers come from, or how a picture is kept.
 *
 * A picture has a light and a dark palette, from which its viewer chooses; its colours stay
 * different for the colour-blind. Text of the caller's is escaped, and what is no UTF-8 replaced.
 */
#ifndef DRAW_DRAW_H
#define DRAW_DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <uffd/workingset.h>

/* As many series as there are colours. */
#define DRAW_SERIES_MAX 8

/*
 * What was asked of a region: address over time, with the faults, what was brought around them,
 * demands and prefetches in colours of their own; below it the latencies of faults and demands in
 * buckets of powers of two, with their median and their 99th percentile. Where less than a quarter
 * of the region was asked for, the part that was is shown.
 *
 * Entries may come in any order, and what lies outside of the region is left out. Marks that fall
 * on the same two pixels are one, so a picture has less than 1 MB. The paths of the classes
 * "fault", "around", "demand" and "prefetch" have one subpath (an M) for each mark.
 *
 * 0; -EINVAL: a NULL pointer, a page size or region length of 0; -ENOMEM; -errno of writing to out,
 * which has been flushed when 0 is returned; -EIO: out had failed before. Any thread.
 */
int draw_trace(FILE *out, const char *title, const struct uffd_workingset_info *info,
	       const struct uffd_workingset_entry *entries, uint64_t count);

/* A group of bars: one value for each series; NAN where there is none. */
struct draw_bar {
	const char *name;
	const double *values;
};

/*
 * Values as horizontal bars in groups, each with its number; unit names what is counted. log_scale:
 * equal lengths are equal factors; a value of 0 then has no bar.
 *
 * 0; -EINVAL: a NULL pointer, no series or more than DRAW_SERIES_MAX, a value that is negative or
 * infinite; -errno of writing to out, which has been flushed when 0 is returned; -EIO: out had
 * failed before. Any thread.
 */
int draw_bars(FILE *out, const char *title, const char *const *series, size_t series_count,
	      const char *unit, const struct draw_bar *bars, size_t bar_count, bool log_scale);

#endif
