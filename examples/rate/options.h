/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: the options of dirty-rate.
 * Must never: exit on its own.
 */
#ifndef EXAMPLES_RATE_OPTIONS_H
#define EXAMPLES_RATE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define NO_PAGE UINT64_MAX

enum pattern { PATTERN_SEQUENTIAL, PATTERN_RANDOM, PATTERN_HOT };
enum memory_kind { MEMORY_ANON, MEMORY_MEMFD, MEMORY_HUGETLB };

/* As they are written on the command line, by their values. */
extern const char *const pattern_names[];
extern const char *const memory_names[];
extern const char *const method_names[]; /* by LIBUFFD_DIRTY_* */

struct rate_options {
	enum pattern pattern;
	enum memory_kind memory;
	uint64_t rate; /* pages a second, of all threads; 0: as fast as possible */
	uint64_t size; /* bytes */
	uint64_t interval_ms;
	uint64_t count; /* intervals; 0: until it is interrupted */
	uint64_t threads;
	uint32_t method;  /* LIBUFFD_DIRTY_* */
	uint32_t poller;  /* LIBUFFD_POLLER_* */
	const char *plot; /* FILE, or NULL */
	uint64_t lose;    /* a page, or NO_PAGE */
	bool help;
};

extern const char rate_help[];

/* 0, or -1 and it has said why. */
int rate_options_parse(struct rate_options *options, int argc, char **argv);

#endif
