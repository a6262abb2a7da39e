/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what a way of paging looks like to a bench: memory whose pages arrive on being touched.
 * Must never: favour one way over another.
 *
 * The library's loop runs in a thread that the bench creates, bound to the same CPU as the
 * hand-written loops' threads are, by uffd_loop_run().
 */
#ifndef BENCH_PAGER_H
#define BENCH_PAGER_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "content.h"

struct pager;

struct pager_kind {
	const char *name;
	/* 0 with p->memory to touch; a negative errno where this machine cannot do it. */
	int (*start)(struct pager *p);
	/* Every page of the memory has been touched. Ends the program if the library disagrees. */
	void (*stop)(struct pager *p);
	const struct library_options *library;
};

struct pager {
	const struct pager_kind *kind;
	const struct content *content; /* as long as the memory */
	int cpu;                       /* of the handler's thread, where there is one */
	size_t length;
	bool memfd; /* blocking-read: memory of a memfd, not anonymous */
	uint8_t *memory;
	void *state; /* the kind's own */
};

/* By hand: what a careful programmer writes without the library; one page per fault. */
extern const struct pager_kind pager_blocking;        /* read(2) that blocks, UFFDIO_COPY */
extern const struct pager_kind pager_blocking_around; /* ... with 64 KiB of fault-around */
extern const struct pager_kind pager_poll;            /* poll(2), read(2), UFFDIO_COPY */
extern const struct pager_kind pager_sigsegv;         /* SIGSEGV, mprotect(2) */
extern const struct pager_kind pager_mmap;            /* no pager: MAP_PRIVATE of the file */

/* The library with a callback that copies one page from memory. */
extern const struct pager_kind pager_library; /* all defaults */
extern const struct pager_kind pager_library_uring;
extern const struct pager_kind pager_library_poll;
extern const struct pager_kind pager_library_no_spin;
extern const struct pager_kind pager_library_poll_no_spin;
extern const struct pager_kind pager_library_source; /* ... with a source instead */

/* The library with a source from the file and its default fault-around. */
extern const struct pager_kind pager_library_file;
extern const struct pager_kind pager_library_file_memfd; /* memfd, MISSING|MINOR */
extern const struct pager_kind pager_library_file_alias; /* ... with an alias mapping */

#endif
