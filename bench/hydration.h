/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: memory that the library fills from a snapshot: a context, its loop in a thread, one region
 * with the snapshot as its source.
 * Must never: do more for the library than its manual tells a user to.
 */
#ifndef BENCH_HYDRATION_H
#define BENCH_HYDRATION_H

#include <stdbool.h>
#include <stdint.h>

#include "library.h"
#include "snapshot.h"

struct hydration_options {
	uint64_t length;       /* bytes from the snapshot's start; 0: all of it */
	uint64_t fault_around; /* 0: the library's default */
	uint32_t install;      /* LIBUFFD_INSTALL_* */
	bool direct;           /* a source that reads past the page cache */
	bool memfd;            /* shared memory with an alias, not anonymous */
	bool huge;             /* ... on a tmpfs whose mappings may ask for huge pages */
	int cpu;               /* of the loop's thread */
};

struct hydration {
	uint8_t *memory; /* at a multiple of 2 MiB */
	uint64_t length;
	struct uffd_region *region;

	/* its own */
	struct uffd_ctx *ctx;
	struct uffd_prefetch *prefetch;
	struct loop_thread loop;
	void *mapping;
	size_t mapping_length;
	int fd;
};

/* 0, or a negative errno where the machine cannot do it, and nothing is open. */
int hydration_open(struct hydration *h, const struct snapshot *s,
		   const struct hydration_options *o);
/* Begins to bring everything, or what the working set says (its handle stays the caller's). */
int hydration_prefetch(struct hydration *h, struct uffd_workingset *set);
/* The prefetch is not over. */
bool hydration_runs(const struct hydration *h);
/* Until everything is there. */
void hydration_wait(struct hydration *h);
/* Ends what is under way; the memory is gone. */
void hydration_close(struct hydration *h);

#endif
