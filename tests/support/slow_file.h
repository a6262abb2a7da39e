/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * A file whose every read is the test's to hold, to shorten, to fail or to answer: a FUSE file
 * system of one file, without a name, served by a process of its own, so that nothing that happens
 * in the test keeps a read from being answered. Its content is serve.h's.
 */
#ifndef SLOW_FILE_H
#define SLOW_FILE_H

#include "serve.h"

#include <sys/types.h>

/* Shared with the server. What the test sets is looked at when a read arrives. */
struct slow_control {
	uint32_t flags;
	uint64_t length;       /* bytes; of the file as it is opened */
	_Atomic uint64_t ends; /* where reads find the end */
	_Atomic uint64_t low;  /* reads that begin in [low, high) are held */
	_Atomic uint64_t high;
	_Atomic uint32_t most;   /* bytes that a read brings, 0: all that was asked for */
	_Atomic uint32_t errors; /* so many reads fail from now on */
	_Atomic int error;       /* ... with this errno */

	_Atomic uint32_t reads; /* so many have arrived */
	_Atomic uint64_t bytes; /* ... asking for */
	_Atomic uint32_t held;  /* so many are waiting to be answered */
	_Atomic uint32_t peak;  /* the most that were */
};

struct slow_file {
	struct slow_control *control;
	int fd; /* the file */
	int kick;
	pid_t server;
};

/* Skips where the process may not mount. Before any thread is made. */
void slow_file_make(struct slow_file *f, uint64_t length);
/*
 * A block device, over such a file. A ring has reads of it in flight; of the file itself, which
 * cannot be read without waiting, it has not. length: a multiple of 4096.
 */
void slow_device_make(struct slow_file *f, uint64_t length);
/* Nobody has it open any more but f. */
void slow_file_free(struct slow_file *f);

static inline void slow_hold(struct slow_file *f, uint64_t low, uint64_t high)
{
	atomic_store(&f->control->low, low);
	atomic_store(&f->control->high, high);
}

/* Answers what is held, and holds nothing more. */
void slow_release(struct slow_file *f);

/* The next n reads fail. */
static inline void slow_fail(struct slow_file *f, uint32_t n, int error)
{
	atomic_store(&f->control->error, error);
	atomic_store(&f->control->errors, n);
}

#endif
