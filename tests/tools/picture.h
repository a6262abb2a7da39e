/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: pictures in memory, drawn of made-up entries.
 * Must never: look at a clock or another source of chance.
 */
#ifndef TESTS_TOOLS_PICTURE_H
#define TESTS_TOOLS_PICTURE_H

#include <draw.h>

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)
#define TIB (UINT64_C(1) << 40)

/* Both end the test where drawing fails or the picture is not well-formed. To be freed. */
char *picture_of_trace(const char *title, uint64_t region_length, uint64_t page_size,
		       const struct uffd_workingset_entry *entries, uint64_t count);
char *picture_of_bars(const char *title, const char *const *series, size_t series_count,
		      const char *unit, const struct draw_bar *bars, size_t bar_count,
		      bool log_scale);

struct uffd_workingset_entry picture_entry(uint32_t kind, uint64_t offset, uint64_t length,
					   uint64_t fault_offset, uint64_t time_ns,
					   uint64_t latency_ns);

/* Evenly distributed, the same with every run. */
uint64_t picture_random(uint64_t *state);

#endif
