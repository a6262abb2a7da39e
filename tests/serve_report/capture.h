/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/* A report whose output and errors the test reads. */
#ifndef CAPTURE_H
#define CAPTURE_H

#include "test.h"

#include <serve/report.h>

/* report_open() with errors in place of standard error; -1: nobody reads them. */
struct report *report_to(int fd, int errors, unsigned int progress_ms);

/* Both ends; only the reading end does not wait. */
struct capture {
	int read;
	int write;
};
struct capture capture_pipe(void);
void capture_close(struct capture *c);

/* All that can be read now, as a string to be freed. */
char *drain(int fd);
/* How many lines there are; every one must be complete. */
size_t count_lines(const char *text);

/* Writes into the pipe what fills it, in such a way that no byte is left free; returns how much. */
size_t fill_pipe(const struct capture *c);
/* Takes so many bytes out again. */
void skip_bytes(int fd, size_t length);

/* A VM with figures that all differ. */
struct vm_figures vm_of(uint32_t id);

#endif
