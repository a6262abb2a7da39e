/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the parts of uffd-wset share: a working set that was read from a file, what is counted
 * of it, and how a failure is told.
 * Must never: know more of a working set than uffd/workingset.h tells.
 *
 * Functions that return an int return an exit code, after a line on stderr where it is not EXIT_OK.
 */
#ifndef TOOLS_WSET_H
#define TOOLS_WSET_H

#include <stdbool.h>
#include <stdint.h>

#include <uffd/workingset.h>

#define EXIT_OK     0
#define EXIT_FAILED 1
#define EXIT_USAGE  2

struct wset {
	const char *path;
	struct uffd_workingset_info info;
	struct uffd_workingset_entry *entries; /* info.entries of them */
};

/* wset_file.c */
int wset_load(struct wset *w, const char *path);
void wset_free(struct wset *w);
/* "uffd-wset: PATH: what" */
int wset_failed(const char *path, const char *what);
/* What was printed has arrived. */
int wset_printed(void);

/* wset_count.c */

/* The kinds of entries, in the order in which they are told. */
enum { WSET_MISSING, WSET_MINOR, WSET_DEMAND, WSET_PREFETCH, WSET_KINDS };
extern const char *const wset_kind_names[WSET_KINDS];
/* Of an entry; -1: one that is not known. */
int wset_kind(const struct uffd_workingset_entry *e);

struct wset_counts {
	uint64_t entries[WSET_KINDS];
	uint64_t pages[WSET_KINDS]; /* one that was asked for twice counts twice */
	uint64_t writes;            /* faults */
	uint64_t last_ns;           /* the time of the last entry */
};
void wset_count(const struct wset *w, struct wset_counts *counts);

/* wset_pages.c */

/*
 * Two working sets of one page size. The pages of each are those that a replay brings, so
 * prefetches do not count; they are in the order in which they were first asked for, and those of
 * one entry by address.
 */
struct wset_comparison {
	uint64_t only_a; /* pages */
	uint64_t only_b;
	uint64_t both;
	/* of both, in the order of each set: the first halves */
	uint64_t half;  /* how many are in one, rounded up */
	uint64_t alike; /* in both first halves */
};
/* 0; -ENOMEM. */
int wset_compare_pages(const struct wset *a, const struct wset *b, struct wset_comparison *c);
/* Percent; negative where there is nothing to tell it of. */
double wset_overlap(const struct wset_comparison *c);
double wset_order(const struct wset_comparison *c);

/* How many entries are listed where not all are. */
#define WSET_HEAD 10

/* The commands: wset_show.c, wset_compare.c, wset_draw.c. */
int wset_show(const char *path, bool json, bool all_entries);
int wset_compare(const char *path_a, const char *path_b, bool json);
/* output: a path, or NULL for standard output. */
int wset_draw(const char *path, const char *output);

/* wset_json.c, or wset_json_stub.c where there is no json-c. */
bool wset_json_can(void);
void wset_json_show(const struct wset *w, const struct wset_counts *counts, bool all_entries);
void wset_json_compare(const struct wset_comparison *c);

#endif
