/* SPDX-License-Identifier: LGPL-2.1-or-later OR MIT */
/*
 * Owns: what the program says to the script that runs it: whole lines on standard output, written
 * at once, and the ways it ends. Must never: end in a way that waits for a thread: that may be
 * waiting for a page.
 */
#ifndef SERVE_VMM_SAY_H
#define SERVE_VMM_SAY_H

#include <stdint.h>

enum exit_code {
	EXIT_RIGHT = 0,
	EXIT_WRONG = 1, /* a wrong page, or something failed */
	EXIT_USAGE = 2,
	EXIT_HUNG = 3,  /* an access took longer than --patience */
	EXIT_SKIP = 77, /* the machine lacks something */
};

__attribute__((format(printf, 1, 2))) void say(const char *format, ...);
/* A line, and the process ends. Any thread. */
__attribute__((format(printf, 2, 3), noreturn)) void end_saying(enum exit_code code,
								const char *format, ...);
/* "test-vmm: WHAT: the error's words" to standard error; -1. */
int complain(const char *what, int error);

uint64_t now_ns(void);

#endif
