/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: running uffd-wset in a directory of the test's own, and the working sets that it looks at.
 * Must never: leave anything behind.
 */
#ifndef TESTS_TOOLS_TOOL_H
#define TESTS_TOOLS_TOOL_H

#include <uffd/workingset.h>

#include "test.h"

#define TOOL_PAGE   UINT64_C(4096)
#define TOOL_REGION (UINT64_C(16) << 20)

/* Makes the directory and goes there. Skips the test where nobody says where the tool is. */
void tool_begin(void);

struct tool_outcome {
	int status;
	char out[1 << 17];
	char err[4096];
};
/* Arguments as for a shell. What was printed before is forgotten. */
__attribute__((format(printf, 2, 3))) void tool_run(struct tool_outcome *o, const char *format,
						    ...);
/* It has printed something, and nothing on stderr. */
__attribute__((format(printf, 2, 3))) void tool_succeeds(struct tool_outcome *o, const char *format,
							 ...);
/* Exit code 1, no output, and one line that begins with the name of the tool and has what in it. */
__attribute__((format(printf, 3, 4))) void tool_fails(struct tool_outcome *o, const char *what,
						      const char *format, ...);

/* Files in the directory, without what tool_run() makes. */
size_t tool_files(void);

/* A working set of a region of TOOL_REGION. */
void tool_sample(const char *path, const struct uffd_workingset_entry *entries, uint64_t count);
/* Another region, some entries lost, some pages packed from the region's start on. */
void tool_sample_of(const char *path, uint64_t region_length, uint64_t page_size, uint64_t lost,
		    uint64_t packed_pages, const struct uffd_workingset_entry *entries,
		    uint64_t count);

/* In pages. */
struct uffd_workingset_entry tool_entry(uint32_t kind, uint64_t page, uint64_t pages,
					uint64_t wanted, uint64_t time_ns, uint64_t latency_ns);

#endif
