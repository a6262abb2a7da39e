/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: lines from any thread on their way to the one that reports them.
 * Must never: make a thread that serves faults wait, or keep more than a pipe holds: what does not
 * fit is dropped and counted.
 */
#ifndef SERVE_LOG_H
#define SERVE_LOG_H

#include <stdatomic.h>
#include <stdint.h>

struct log {
	int in; /* threads write here */
	int out;
	_Atomic uint64_t dropped;
};

typedef void (*log_fn)(void *user, int level, uint32_t vm, const char *line);

/* 0; -errno. */
int log_open(struct log *log);
void log_close(struct log *log);

/* Any thread. What is less than a warning is dropped. */
void log_write(struct log *log, int level, uint32_t vm, const char *line);

/* When log->out is readable: the lines that are there, one call each. */
void log_read(struct log *log, log_fn each, void *user);

#endif
